"""Killing any process at any moment loses no event, and makes none twice by its id.

``FAULTS_KILLS`` makes it larger (``make faults``: 100), ``FAULTS_SEED`` plays one again.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Lock

import pytest
from standardwebhooks import Webhook

from tests.inbox.events.receiver import Receiver, receiving

from .stage import WORKERS, stage

KILLS = int(os.environ.get("FAULTS_KILLS", 10))
SEED = int(os.environ.get("FAULTS_SEED", time.time_ns() % 1_000_000))
EVENTS = 40 * KILLS
SELLERS = 20

VICTIMS = [*WORKERS, *WORKERS, "child of worker-a", "child of worker-b", "beat", "valkey", "postgres"]
LEASES_END = "UPDATE events_webhookdelivery SET due_at = now() WHERE due_at > now()"
DONE = f"""
SELECT count(*) = {EVENTS} AND bool_and(delivered_at IS NOT NULL) FROM events_webhookdelivery
"""
IDS = "SELECT 'evt_' || id, position FROM events_event ORDER BY id"


@dataclass
class Unreliable(Receiver):
    """A system that takes a moment, and fails one time in ten."""

    def __post_init__(self) -> None:
        self.random, self.lock = Random(SEED), Lock()

    def answer_to(self, headers: dict[str, str], body: bytes) -> int:
        with self.lock:
            self.came.append((headers, body))
            return 503 if self.random.random() < 0.1 else 200


def test_each_event_arrives_once_by_its_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o755)
    with receiving(Unreliable()) as receiver, stage(tmp_path, WEBHOOK_CHECK_SECONDS="1") as on:
        on.python("-m", "tests.faults.hooks", "prepare", receiver.url, str(SELLERS), str(tmp_path / "secret"))
        on.python("-m", "tests.faults.hooks", "happen", str(EVENTS))
        kills = on.play(Random(SEED), victims=VICTIMS, kills=KILLS)
        on.rows(LEASES_END)
        deadline = time.monotonic() + 240
        while not on.rows(DONE)[0][0] and time.monotonic() < deadline:
            time.sleep(1)
            on.rows(LEASES_END)
        ids = {str(public_id): position for public_id, position in on.rows(IDS)}
        check(ids, receiver, Webhook((tmp_path / "secret").read_text()))
        assert on.rows(DONE) == [(True,)]
        came = Counter(headers["webhook-id"] for headers, _ in receiver.came)
        with capsys.disabled():
            print(f"\nwebhooks: {EVENTS} events, {came.total()} messages, {kills.total()} kills, seed {SEED}")  # noqa: T201  # to play it again


def check(ids: dict[str, object], receiver: Receiver, webhook: Webhook) -> None:
    """Every id came, each says the same whenever it came, and places are numbers without gaps."""
    bodies: dict[str, set[bytes]] = {}
    for headers, body in receiver.came:
        webhook.verify(body, headers)
        bodies.setdefault(headers["webhook-id"], set()).add(body)
    assert bodies.keys() == ids.keys()
    assert all(len(said) == 1 for said in bodies.values())
    assert sorted(ids.values(), key=str) == sorted(range(1, EVENTS + 1), key=str)

"""As many places as there are, nothing lost and nothing twice: everybody wants a workshop, and everything is killed.

``FAULTS_SIGNUPS`` makes it larger (``make faults``: 2,000 sellers for 75 places), ``FAULTS_SEED`` plays one again.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from healthportal.embedded.processes import Process

from .stage import QUICK, ROOT, Stage, stage

SIGNUPS = int(os.environ.get("FAULTS_SIGNUPS", 300))
KILLS = int(os.environ.get("FAULTS_SIGNUP_KILLS", 6))
SEED = int(os.environ.get("FAULTS_SEED", time.time_ns() % 1_000_000))
PLACES = 75
CLIENTS = 4

STATES = "SELECT state, count(*) FROM workshops_signup GROUP BY state"
PER_SELLER = "SELECT seller_id, count(*) FROM workshops_signup GROUP BY seller_id ORDER BY seller_id"
SEATS = "SELECT state, count(*) FROM workshops_seat GROUP BY state"
OUT_OF_ORDER = """
SELECT placed.id, waiting.id FROM workshops_signup AS placed JOIN workshops_signup AS waiting ON waiting.id < placed.id
WHERE placed.state = 'placed' AND waiting.state = 'waiting'
"""
PROMOTED = "SELECT id FROM workshops_signup WHERE placed_at <> signed_up_at ORDER BY id"
TOLD = "SELECT about_id FROM inbox_message WHERE template = 'workshop_place_freed' ORDER BY about_id"
TOOK_ONE = "SELECT id FROM workshops_signup WHERE state = 'placed' AND placed_at = signed_up_at ORDER BY id"
TOLD_OF_IT = """
SELECT about_id FROM inbox_message JOIN workshops_signup AS place ON place.id = about_id
WHERE template = 'workshop_places_taken' AND place.state = 'placed' ORDER BY about_id
"""
GAVE_ONE_BACK = """
SELECT place.id FROM workshops_signup AS place JOIN inbox_message ON about_id = place.id
WHERE place.state = 'cancelled' AND template IN ('workshop_places_taken', 'workshop_place_freed') ORDER BY place.id
"""
TOLD_OFF = "SELECT about_id FROM inbox_message WHERE template = 'workshop_places_given_back' ORDER BY about_id"


def test_everybody_wants_a_place_while_everything_dies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o755)
    answers = tmp_path / "answers"
    with stage(tmp_path, BENCH_SIGNUPS=str(SIGNUPS)) as on:
        on.python("-m", "tests.faults.signing_up", "prepare")
        kills = play(on, answers, Random(SEED))
        on.python("-m", "tests.faults.signing_up", "settle")
        states = dict(on.rows(STATES))
        with capsys.disabled():
            print(f"\nfaults: {SIGNUPS} sign-ups, seed {SEED}: {kills.total()} kills, then {states}")  # noqa: T201  # the seed, to play it again
        assert states["placed"] == PLACES
        assert dict(on.rows(SEATS)) == {"taken": PLACES}
        assert on.rows(PER_SELLER) == [(number, 1) for number in range(1, SIGNUPS + 1)]
        assert on.rows(OUT_OF_ORDER) == []
        assert on.rows(PROMOTED) == on.rows(TOLD)
        assert on.rows(TOOK_ONE) == on.rows(TOLD_OF_IT)
        assert on.rows(GAVE_ONE_BACK) == on.rows(TOLD_OFF)
        check_order([line.split() for line in answers.read_text().splitlines()])
        assert kills.total() == KILLS


def play(on: Stage, answers: Path, random: Random) -> Counter[str]:
    """Sellers and hosts come all at once; one process after the other is killed and comes again, until all is done."""
    share = SIGNUPS // CLIENTS
    clients = {
        f"sellers-{n}": ("sellers", n * share + 1, SIGNUPS if n == CLIENTS - 1 else (n + 1) * share, answers)
        for n in range(CLIENTS)
    } | {"hosts": ("hosts", SEED, SIGNUPS // 10)}
    for name, words in clients.items():
        start(on, name, *words)
    kills: Counter[str] = Counter()
    while kills.total() < KILLS:
        time.sleep(random.uniform(1, 3))
        victim = random.choice([*clients, *clients, "postgres"])
        on.signal(victim, signal.SIGKILL)
        kills[victim.split("-")[0]] += 1
        if victim == "postgres":
            on.start(victim)
        else:
            start(on, victim, *clients[victim])
    for name in clients:
        assert on.processes[name].popen.wait(timeout=600) == 0, on.processes[name].last_lines()
    return kills


def start(on: Stage, name: str, *words: object) -> None:
    env = os.environ | QUICK | on.environment
    env |= {"DATABASE_URL": on.url(), "REDIS_URL": f"unix://{on.run}/valkey.sock"}
    env |= {"DJANGO_SETTINGS_MODULE": "healthportal.settings"}
    command = [sys.executable, "-m", "tests.faults.signing_up", *map(str, words)]
    log = on.home / f"{name}-{time.monotonic_ns()}.log"
    on.processes[name] = Process.start(name, command, cwd=ROOT, env=env, log=log)


def check_order(lines: list[list[str]]) -> None:
    """Nobody stands before somebody who had their answer before they first asked: whoever was killed asked again."""
    asked: dict[str, float] = {}
    answered: list[tuple[float, int, str]] = []
    for what, number, moment, *pk in lines:
        if what == "asked":
            asked.setdefault(number, float(moment))
        else:
            answered.append((float(moment), int(pk[0]), number))
    first_come, position, latest = sorted(answered), 0, 0
    for moment, pk in sorted((asked[number], pk) for _, pk, number in answered):
        while position < len(first_come) and first_come[position][0] < moment:
            latest = max(latest, first_come[position][1])
            position += 1
        assert pk > latest

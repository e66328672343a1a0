"""Of the weekly reports: killing any process at any moment loses nothing and doubles nothing.

``FAULTS_SELLERS`` and ``FAULTS_KILLS`` make it larger (``make faults``), ``FAULTS_SEED`` plays one again.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from .mail import Sink, sink
from .stage import WORKERS, Stage, stage

SELLERS = int(os.environ.get("FAULTS_SELLERS", 5_000))
KILLS = int(os.environ.get("FAULTS_KILLS", 10))
SEED = int(os.environ.get("FAULTS_SEED", time.time_ns() % 1_000_000))
EVERY = max(SELLERS // 500, 1)
"""Every so many sellers one has a member, who gets emails: about 500 of them."""
CHUNKS = 25

# Workers have the most to lose, so they are killed most often.
VICTIMS = [*WORKERS, *WORKERS, "child of worker-a", "child of worker-b", "beat", "valkey", "postgres", "postgres"]

REPORTS = """
SELECT report.week_start, report.seller_id, points_at_start, points_at_end, points_in, points_out, violation_count,
    previous_violation_count, message_count, next_milestone_points, is_approaching, detail::text
FROM reports_weeklyreport AS report
JOIN reports_reportrun AS run ON run.id = report.run_id AND run.published_at IS NOT NULL
ORDER BY 1, 2
"""
MESSAGES = """
SELECT seller_id, kind, template, data FROM inbox_message WHERE kind = 'report'
ORDER BY seller_id, data ->> 'week', id
"""
EMAILS = """
SELECT 'person' || user_id || '@example.com', message.data ->> 'week'
FROM inbox_emaildelivery AS delivery JOIN inbox_message AS message ON message.id = delivery.message_id
ORDER BY 1, 2
"""
TOLD = """
SELECT count(*) FILTER (WHERE published_at IS NULL) = 0 AND max(ends_at) > now() - interval '7 days'
    AND NOT EXISTS (SELECT FROM reports_reportchunk WHERE announced_at IS NULL)
FROM reports_reportrun
"""
SENT = f"SELECT ({TOLD}) AND NOT EXISTS (SELECT FROM inbox_emaildelivery WHERE state <> 'sent')"
# What a worker that was killed had claimed is taken up again a minute later, emails ten minutes later.
A_MINUTE_PASSES = "UPDATE reports_reportchunk SET due_at = now() WHERE due_at > now()"
TEN_MINUTES_PASS = "UPDATE inbox_emaildelivery SET due_at = now() WHERE state = 'pending' AND due_at > now()"


def test_a_run_survives_the_death_of_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o755)
    with sink() as mail, stage(tmp_path, **environment(mail)) as on:
        on.python("-m", "tests.faults.prepare", str(SELLERS), str(EVERY))
        on.rows("CREATE DATABASE calm TEMPLATE portal", database="postgres")
        on.python("manage.py", "build_reports", database="calm")
        kills = on.play(Random(SEED), victims=VICTIMS, kills=KILLS)
        finish(on)
        with capsys.disabled():
            print(f"\nfaults: {SELLERS} sellers, seed {SEED}: survived {kills.total()} kills ({described(kills)})")  # noqa: T201  # the seed, to play it again
        for sql in (REPORTS, MESSAGES, EMAILS):
            assert on.rows(sql) == on.rows(sql, database="calm")
        check_mail(on, mail)
        assert kills.total() == KILLS


def environment(mail: Sink) -> dict[str, str]:
    return {"EMAIL_URL": f"smtp://127.0.0.1:{mail.port}", "REPORT_CHUNK_SELLERS": str(-(-SELLERS // CHUNKS))}


def finish(on: Stage) -> None:
    """Wait for what is left."""
    on.wait_for(TOLD, timeout=120 + SELLERS / 200, meanwhile=A_MINUTE_PASSES)
    on.rows(TEN_MINUTES_PASS)
    on.wait_for(SENT, timeout=120 + SELLERS / 200)


def check_mail(on: Stage, mail: Sink) -> None:
    """Each email came, and none under two Message-IDs.

    One may come twice if its worker is killed between the mail server's answer and the note of it: no sender can avoid
    that; its Message-ID is the same, so mail programs show one.
    """
    assert Counter(address for _, address, _ in mail.emails) == Counter(address for address, _ in on.rows(EMAILS))
    assert len({message_id for message_id, _, _ in mail.emails}) == len(mail.emails)


def described(kills: Counter[str]) -> str:
    return ", ".join(f"{count} x {name}" for name, count in sorted(kills.items()))


def test_workers_need_only_the_two_urls_and_come_and_go(tmp_path: Path) -> None:
    """Hosts with working copies of their own join a run; one loses power, one stands still and wakes up later."""
    tmp_path.chmod(0o755)
    with sink() as mail, stage(tmp_path, **environment(mail)) as on:
        on.python("-m", "tests.faults.prepare", str(SELLERS), str(EVERY))
        on.rows("CREATE DATABASE calm TEMPLATE portal", database="postgres")
        on.python("manage.py", "build_reports", database="calm")
        for name in ("beat-1", "beat-2", "worker-a", "worker-b"):
            on.start(name)
        on.wait_for("SELECT EXISTS (SELECT FROM reports_reportchunk WHERE claimed_at IS NOT NULL)", timeout=120)
        on.signal("worker-a", signal.SIGSTOP)
        on.start("worker-c")
        on.start("worker-d")
        time.sleep(0.5)
        on.signal("worker-b", signal.SIGKILL)
        on.wait_for(TOLD, timeout=240, meanwhile=A_MINUTE_PASSES)
        on.signal("worker-a", signal.SIGCONT)
        finish(on)
        for sql in (REPORTS, MESSAGES, EMAILS):
            assert on.rows(sql) == on.rows(sql, database="calm")
        check_mail(on, mail)

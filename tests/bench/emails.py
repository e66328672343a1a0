"""How fast emails are made and handed over, against handing over the same finished bytes; and a week from end to end.

The emails are those of weekly reports, the dearest to compose. The mail server is a process of its own that takes
everything. A worker is woken as beat would wake it.
"""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from threading import Event, Thread

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from healthportal.embedded.processes import Process
from inbox.delivery import BATCH, composer
from inbox.models import EmailDelivery
from inbox.tasks import deliver_emails
from kit.dates import Week
from kit.emails.encoding import as_bytes
from reports import services
from sellers.models import Market
from tests.inbox.smtp import free_port

from .frame import ROOT, Row, alternating, seconds
from .history import ZONE, fill, make_market

EMAILS = int(os.environ.get("BENCH_EMAILS", 6_000))
ROUNDS = int(os.environ.get("BENCH_EMAIL_ROUNDS", 3))
SELLERS = int(os.environ.get("BENCH_TOLD_SELLERS", 100_000))
"""Of the week that is told from its end to the last seller."""
WEEKS = 13
MOMENT = 0.02
A_CORE = 1000 / 300
"""Milliseconds of a core that an email may take."""

TWICE = round(1 / 1.8, 3)
A_THIRD = 1 / 3
"""Of a core: what a worker has where cores are to spare for others, for Postgres and for the mail server."""

MEMBERS = """
INSERT INTO sellers_member (seller_id, user_id, created_at)
    SELECT seller.id, person.id, now()
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM sellers_seller) AS seller
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_user) AS person USING (n)
"""
DUE_AGAIN = """
UPDATE inbox_emaildelivery SET state = 'pending', attempts = 0, due_at = now(), claimed_at = NULL, sent_at = NULL
WHERE id IN (SELECT id FROM inbox_emaildelivery ORDER BY id LIMIT %s)
"""
WARM_UP = 4 * BATCH
"""How many emails workers send before they are measured, so that each has sent some."""


@dataclass
class Sent:
    """What it took to empty the outbox: seconds, those of a core, and a worker's memory (MB) early and at its end."""

    seconds: float
    core: float
    early: float
    late: float


def measure() -> Iterator[Row]:
    port = free_port()
    with mail_server(port):
        yield from measure_speed(port)
        yield from measure_week(port)


def measure_speed(port: int) -> Iterator[Row]:
    queue_reports(EMAILS)
    finished = composed()
    cores: list[float] = []

    def send(workers: int, *, share: float = 1) -> float:
        sent = empty_outbox(workers=workers, port=port, share=share)
        if share == 1:
            cores.append(1000 * sent.core / EMAILS)
        return sent.seconds

    taken = alternating(
        lambda _: seconds(lambda: hand_over(finished, port)),
        lambda _: send(1),
        lambda _: send(2),
        lambda _: send(1, share=A_THIRD),
        lambda _: send(2, share=A_THIRD),
        rounds=ROUNDS,
    )
    floor, one, two, one_slow, two_slow = (1000 * each / EMAILS for each in taken)
    rates = ", ".join(f"{1000 / each:,.0f}" for each in (floor, one, two))
    print(f"emails: a second handed over, by one worker, by two: {rates}", flush=True)
    yield Row.of("emails.one_worker", unit="s per 1000", value=one, floor=floor, goal=2.5)
    yield Row.of("emails.two_workers", unit="s per 1000", value=two, floor=one, goal=TWICE)
    yield Row.of("emails.two_slow_workers", unit="s per 1000", value=two_slow, floor=one_slow, goal=TWICE)
    yield Row.of("emails.core", unit="ms", value=median(cores[2:]), floor=A_CORE, goal=1)


def measure_week(port: int) -> Iterator[Row]:
    """A week that ended: built, published, in the inboxes, and each email handed over by two workers."""
    market = a_week(SELLERS)
    told = seconds(lambda: services.build_due_weeks(market=market, now=timezone.now()))
    sent = empty_outbox(workers=2, port=port)
    copied = seconds(copy_rows)
    finished = composed(limit=EMAILS)
    handed = seconds(lambda: hand_over(finished, port)) * SELLERS / len(finished)
    parts = {"built, published, in the inbox": (told, copied), "handed over": (sent.seconds, handed)}
    for name, (value, floor) in parts.items():
        print(f"emails: {name}: {value:,.1f} s, its floor {floor:,.1f} s", flush=True)
    print(f"emails: the last of {SELLERS:,} was told after {told + sent.seconds:,.1f} s", flush=True)
    yield Row.of("emails.week", value=told + sent.seconds, floor=copied + handed, goal=3)
    yield Row.of("emails.memory", unit="MB", value=sent.late, floor=sent.early, goal=1.1)


COPY = "CREATE TABLE floor_{table} (LIKE {table} INCLUDING ALL); INSERT INTO floor_{table} SELECT * FROM {table}"


def copy_rows() -> None:
    """What a week writes, into copies of its tables with their keys and checks, without triggers."""
    with connection.cursor() as cursor:
        for table in ("reports_weeklyreport", "inbox_message", "inbox_emaildelivery"):
            cursor.execute(COPY.format(table=table))


def queue_reports(sellers: int) -> None:
    """A published week of reports, each with an email to the seller's only member in the outbox."""
    services.build_due_weeks(market=a_week(sellers), now=timezone.now())
    assert deliveries().count() == sellers


def a_week(sellers: int) -> Market:
    """A market whose week has ended, with a member for each seller."""
    last = Week.of(timezone.now(), zone=ZONE).previous
    opened = Week(last.monday - timedelta(weeks=WEEKS)).starts_at(zone=ZONE)
    market = Market.objects.filter(code="BENCH").first() or make_market(opened=opened)
    fill(market, sellers=sellers, weeks=WEEKS, last=last)
    known = User.objects.count()
    User.objects.bulk_create((User(email=f"person{n}@example.com", password="!") for n in range(known, sellers)), 5_000)
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS)
    market.refresh_from_db()
    return market


def deliveries() -> QuerySet[EmailDelivery]:
    return EmailDelivery.objects.select_related("user", "message__seller__market__brand")


def composed(limit: int | None = None) -> list[bytes]:
    """The finished bytes of the emails."""
    rows, finished = list(deliveries().order_by("id")[:limit]), []
    for start in range(0, len(rows), BATCH):
        compose_one = composer(rows[start : start + BATCH], now=timezone.now())
        finished += [as_bytes(compose_one(row)) for row in rows[start : start + BATCH]]
    return finished


@contextmanager
def mail_server(port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.bench.mail_sink", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline(), "The mail server of the bench did not start."
            yield
        finally:
            process.kill()


def hand_over(finished: list[bytes], port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for email in finished:
            server.sendmail(settings.DEFAULT_FROM_EMAIL, ["person@example.com"], email)


def empty_outbox(*, workers: int, port: int, share: float = 1) -> Sent:
    """From the first wake-up call until everything has left, by workers that have sent emails before.

    Each has a ``share`` of a core.
    """
    with ExitStack() as stack:
        processes = [stack.enter_context(worker(f"sender{number}", port)) for number in range(workers)]
        make_due(warming_up=True)
        wait_until_sent(processes, [0.0, 0.0])
        make_due()
        before, idle, memory = core_seconds(processes), idle_seconds(), [0.0, 0.0]
        with slowed(processes, share):
            taken = seconds(lambda: wait_until_sent(processes, memory))
        core, count = core_seconds(processes) - before, deliveries().count()
        busy = 1 - (idle_seconds() - idle) / taken / (os.cpu_count() or 1)
        print(
            f"emails: {workers} x 1 process with {share:.0%} of a core, {count / taken:.1f} a second, "
            f"{1000 * core / count:.2f} ms of a core each, all cores {busy:.0%} busy",
            flush=True,
        )
    return Sent(taken, core, early=memory[0], late=memory[1])


def make_due(*, warming_up: bool = False) -> None:
    with connection.cursor() as cursor:
        cursor.execute(DUE_AGAIN, [WARM_UP if warming_up else None])
        cursor.execute("VACUUM ANALYZE inbox_emaildelivery")
        cursor.execute("CHECKPOINT")


def megabytes(workers: Sequence[Process]) -> float:
    """The most that a worker's process has in memory now."""
    pids = [child for worker in workers for child in children_of(worker.popen.pid)]
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids]
    return max(pages, default=0) * os.sysconf("SC_PAGE_SIZE") / 2**20


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def slowed(workers: Sequence[Process], share: float) -> Iterator[None]:
    """Let workers run for a ``share`` of each moment only."""
    if share == 1:
        yield
        return
    pids, done = [child for worker in workers for child in children_of(worker.popen.pid)], Event()

    def run() -> None:
        while not done.wait(MOMENT * share):
            for signal_number, pause in ((signal.SIGSTOP, MOMENT * (1 - share)), (signal.SIGCONT, 0)):
                for pid in pids:
                    os.kill(pid, signal_number)
                time.sleep(pause)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def idle_seconds() -> float:
    """Of all cores, since the machine was started."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


def core_seconds(workers: Sequence[Process]) -> float:
    """What workers and their children took of the cores, which other work on the machine changes little."""
    pids = [worker.popen.pid for worker in workers]
    pids += [child for pid in pids for child in children_of(pid)]
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


@contextmanager
def worker(name: str, port: int) -> Iterator[Process]:
    """A worker of Celery with one process, ready for work."""
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=INFO"]
    command = [sys.executable, "-m", "celery", "-A", "healthportal", "worker", "-c", "1", f"--hostname={name}@%h"]
    urls = {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "EMAILS_PER_MINUTE": "1000000"}
    log = ROOT / "build" / f"{name}.log"
    process = Process.start(name, [*command, *quiet], cwd=ROOT, env=os.environ | urls, log=log)
    try:
        while f"{name}@" not in (text := log.read_text()) or " ready." not in text:
            assert process.exit_status is None, "\n".join(process.last_lines())
            time.sleep(0.1)
        yield process
    finally:
        process.stop()


def wait_until_sent(workers: Sequence[Process], memory: list[float]) -> None:
    """Wake a worker as often as beat does, until nothing is pending; note the memory after a tenth and at the end."""
    every = settings.CELERY_BEAT_SCHEDULE["deliver-emails"]["schedule"].total_seconds()
    woken, total = -every, deliveries().count()
    while left := EmailDelivery.objects.filter(due_at__isnull=False).count():
        if time.monotonic() - woken > every:
            woken = time.monotonic()
            deliver_emails.apply_async(expires=every)
        memory[0 if left > 0.9 * total else 1] = megabytes(workers)
        time.sleep(0.05 + total / 500_000)
    assert not EmailDelivery.objects.exclude(state=EmailDelivery.State.SENT).exists()

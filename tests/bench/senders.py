"""How fast the outbox is emptied by one worker of Celery and by two, against handing over the same finished bytes.

The emails are those of weekly reports, the dearest to compose. The mail server is a process of its own that takes
everything. A worker is woken as beat would wake it.
"""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from healthportal.embedded.processes import Process
from inbox.delivery import compose
from inbox.models import EmailDelivery
from inbox.tasks import deliver_emails
from kit.dates import Week
from reports import services
from tests.inbox.smtp import free_port

from .frame import ROOT, Row, alternating, seconds
from .history import ZONE, fill, make_market

EMAILS = int(os.environ.get("BENCH_EMAILS", 2_000))
ROUNDS = int(os.environ.get("BENCH_EMAIL_ROUNDS", 3))
WEEKS = 13
GOAL = 100
"""How much longer composing, claiming and noting may take than handing over."""

MEMBERS = """
INSERT INTO sellers_member (seller_id, user_id, created_at)
    SELECT seller.id, person.id, now()
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM sellers_seller) AS seller
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_user) AS person USING (n)
"""
DUE_AGAIN = """
UPDATE inbox_emaildelivery SET state = 'pending', attempts = 0, due_at = now(), claimed_at = NULL, sent_at = NULL
"""


def measure() -> Iterator[Row]:
    queue_reports()
    port = free_port()
    with mail_server(port):
        finished = [
            compose(delivery, now=timezone.now()).message().as_bytes(linesep="\r\n") for delivery in deliveries()
        ]
        taken = alternating(
            lambda _: seconds(lambda: hand_over(finished, port)),
            lambda _: empty_outbox(workers=1, port=port),
            lambda _: empty_outbox(workers=2, port=port),
            rounds=ROUNDS,
        )
    floor, one, two = (1000 * each / EMAILS for each in taken)
    rates = ", ".join(f"{1000 / each:,.0f}" for each in (floor, one, two))
    print(f"senders: emails a second handed over, by one worker, by two: {rates}", flush=True)
    yield Row.of("senders.one_worker", unit="s per 1000", value=one, floor=floor, goal=GOAL)
    yield Row.of("senders.two_workers", unit="s per 1000", value=two, floor=one, goal=round(1 / 1.5, 3))


def queue_reports() -> None:
    """A published week of reports, each with an email to the seller's only member in the outbox."""
    last = Week.of(timezone.now(), zone=ZONE).previous
    market = make_market(opened=Week(last.monday - timedelta(weeks=WEEKS)).starts_at(zone=ZONE))
    fill(market, sellers=EMAILS, weeks=WEEKS, last=last)
    User.objects.bulk_create(User(email=f"person{n}@example.com", password="!") for n in range(EMAILS))
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS)
    market.refresh_from_db()
    services.build_due_weeks(market=market, now=timezone.now())
    assert deliveries().count() == EMAILS


def deliveries() -> QuerySet[EmailDelivery]:
    return EmailDelivery.objects.select_related("user", "message__seller__market")


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


def empty_outbox(*, workers: int, port: int) -> float:
    """Seconds from the first wake-up call until everything has left."""
    with connection.cursor() as cursor:
        cursor.execute(DUE_AGAIN)
        cursor.execute("VACUUM ANALYZE inbox_emaildelivery")
        cursor.execute("CHECKPOINT")
    with ExitStack() as stack:
        processes = [stack.enter_context(worker(f"sender{number}", port)) for number in range(workers)]
        before = core_seconds(processes)
        taken = seconds(wait_until_sent)
        each = 1000 * (core_seconds(processes) - before) / EMAILS
        print(
            f"senders: {workers} x 1 process, {EMAILS / taken:.1f} emails a second, {each:.1f} ms of a core each",
            flush=True,
        )
    return taken


def core_seconds(workers: Sequence[Process]) -> float:
    """What workers and their children took of the cores, which other work on the machine changes little."""
    pids = [worker.popen.pid for worker in workers]
    pids += [int(child) for pid in pids for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
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


def wait_until_sent() -> None:
    """Wake a worker as often as beat does, until nothing is pending."""
    every = settings.CELERY_BEAT_SCHEDULE["deliver-emails"]["schedule"].total_seconds()
    woken = -every
    while EmailDelivery.objects.filter(state=EmailDelivery.State.PENDING).exists():
        if time.monotonic() - woken > every:
            woken = time.monotonic()
            deliver_emails.apply_async(expires=every)
        time.sleep(0.05)
    assert not EmailDelivery.objects.exclude(state=EmailDelivery.State.SENT).exists()

"""The portal behind PgBouncer in transaction mode, with pages that read a replica; test_growing.py sets the stage.

``python -m tests.healthportal.behind_both`` does a real piece of everything, and ends with an error if something is not
as it should be. ``REPLICA_ADMIN`` names the replica as its administrator sees it, ``REPLICA_PID`` is its process.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import django
import psycopg2

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402  # Django is set up first
from django.core.management import call_command  # noqa: E402  # Django is set up first
from django.db import connection, connections  # noqa: E402  # Django is set up first
from django.test import Client  # noqa: E402  # Django is set up first
from django.urls import reverse  # noqa: E402  # Django is set up first
from django.utils import timezone  # noqa: E402  # Django is set up first

from reports.models import ReportRun, WeeklyReport  # noqa: E402  # Django is set up first
from sellers.models import Member  # noqa: E402  # Django is set up first
from tests.factories import (  # noqa: E402  # Django is set up first
    LONG_AGO,
    PASSWORD,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    WorkshopFactory,
    issue,
)
from tests.threads import at_once  # noqa: E402  # Django is set up first
from violations.models import PointsEntry  # noqa: E402  # Django is set up first
from workshops.models import Signup  # noqa: E402  # Django is set up first
from workshops.services import sign_up  # noqa: E402  # Django is set up first

PLACES = 3
asked: list[str] = []
"""Who asked the replica: the files of the portal that each statement came from."""


@contextmanager
def watching() -> Iterator[list[str]]:
    asked.clear()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "pg_last_wal_replay_lsn" not in sql:
            asked.append(" ".join(frame.filename for frame in traceback.extract_stack()))
        return execute(sql, params, many, context)

    with connections["replica"].execute_wrapper(note):
        yield asked


def equal(found: object, expected: object, what: str) -> None:
    if found != expected:
        raise SystemExit(f"{what}: {found!r} instead of {expected!r}")


def replica(sql: str) -> Any:
    """As its administrator."""
    admin = psycopg2.connect(os.environ["REPLICA_ADMIN"])
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(sql)
        found = cursor.fetchone()
    admin.close()
    return found[0] if found else None


def until(true: Any, what: str) -> None:
    deadline = time.monotonic() + 60
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit(f"After a minute this is still not so: {what}")
        time.sleep(0.1)


def readiness() -> str:
    lines = Client(headers={"host": "localhost"}).get("/readyz").content.decode().splitlines()
    return next(line for line in lines if line.startswith("replica:"))


def near() -> bool:
    return readiness().startswith("replica: ok")


def write() -> Member:
    """Violations, a week, and places that threads want at once, over a handful of connections."""
    market = MarketFactory(code="US")
    member: Member = MemberFactory(seller=SellerFactory(market=market, created_at=LONG_AGO))
    policy = PolicyFactory(points=2)
    for _ in range(3):
        issue(member.seller, policy, now=timezone.now())
    call_command("build_reports", market="US", verbosity=0)
    equal(ReportRun.objects.filter(published_at=None).count(), 0, "runs that are not published")
    equal(WeeklyReport.objects.filter(seller_id=member.seller_id).exists(), True, "the seller has a report")
    soon = timezone.now() + timedelta(days=10)
    workshop = WorkshopFactory(market=market, capacity=PLACES, starts_at=soon, ends_at=soon + timedelta(hours=1))
    waiting = iter([MemberFactory(seller=SellerFactory(market=market)) for _ in range(4 * PLACES)])

    def one() -> None:
        who = next(waiting)
        sign_up(workshop=workshop, seller=who.seller, user=who.user, now=timezone.now())

    at_once(4 * PLACES, one)
    equal(Signup.objects.filter(workshop=workshop, state="placed").count(), PLACES, "places given")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        equal(cursor.fetchone(), (0,), "advisory locks that outlived their transaction")
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        equal(cursor.fetchone(), (0,), "prepared statements")
    return member


def look(member: Member) -> None:
    EmailAddress.objects.create(user=member.user, email=member.user.email, verified=True, primary=True)
    client = Client(headers={"host": "localhost"})
    signed_in = client.post(reverse("account_login"), {"login": member.user.email, "password": PASSWORD})
    equal(signed_in.status_code, 302, "sign-in")
    pages = [
        reverse(page, args=[member.seller_id])
        for page in ["dashboard", "violations:ledger", "violations:list", "reports:list", "inbox:list"]
    ]
    until(near, "the replica is near")
    with watching():
        for page in pages:
            equal(client.get(page).status_code, 200, page)
        equal(asked, [], "statements of the replica for who has just signed in")
    del client.cookies["portal_wrote"]
    for page in pages:
        with watching():
            equal(client.get(page).status_code, 200, page)
            equal(bool(asked), True, f"{page} reads the replica")
            equal([files for files in asked if "/services" in files], [], "services that read the replica")
        client.cookies.pop("portal_wrote", None)
    _do_something(client, member)
    _fall_behind(client, member, pages[0])


def _do_something(client: Client, member: Member) -> None:
    """Who writes reads what was written, whatever the replica knows."""
    replica("SELECT pg_wal_replay_pause()")
    with watching():
        client.post(reverse("inbox:list", args=[member.seller_id]) + "read/", {})
        equal("portal_wrote" in client.cookies, True, "a cookie for who posts")
        equal(client.get(reverse("inbox:list", args=[member.seller_id])).status_code, 200, "the inbox after a post")
        equal(asked, [], "statements of the replica for who has just posted")
    client.cookies.pop("portal_wrote", None)
    replica("SELECT pg_wal_replay_resume()")


def _fall_behind(client: Client, member: Member, page: str) -> None:
    replica("SELECT pg_wal_replay_pause()")
    issue(member.seller, PolicyFactory(points=7), now=timezone.now())
    until(lambda: not near(), "a replica that stands still is noticed")
    with watching():
        text = client.get(page).text
        equal(asked, [], "statements of a replica that is behind")
    total = sum(PointsEntry.objects.filter(seller=member.seller).values_list("points", flat=True))
    equal(f">{total}<" in text.replace("\n", "").replace(" ", ""), True, "the page has the points of the primary")
    replica("SELECT pg_wal_replay_resume()")
    until(near, "the replica has caught up")
    os.kill(int(os.environ["REPLICA_PID"]), signal.SIGKILL)
    client.cookies.pop("portal_wrote", None)
    equal(client.get(page).status_code, 200, "a page in the moment in which the replica is lost")
    until(lambda: "no answer" in readiness(), "a replica that is away is noticed")
    equal(client.get(page).status_code, 200, "a page without the replica")


look(write())
sys.stdout.write("all is well\n")

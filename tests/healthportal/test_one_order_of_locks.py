"""One order of locks in every service: books, sellers, then the row contended for. Real threads, real locks."""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from kit.outcomes import Refused
from sellers.models import Market
from sellers.services import lock_books, recording_time
from tests.apps import APPS
from tests.healthportal.further_lock_scene import Further
from tests.healthportal.lock_scene import LATER, Scene
from tests.locks import wait_until_somebody_waits_for_a_lock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("attachments_root")]

SCENES = [Scene, Further]


def each(kind: str) -> list[Any]:
    """Every service of a kind, with the scene that it is tried in."""
    return [pytest.param(scene, name, id=name) for scene in SCENES for name in getattr(scene, kind)]


class Thread:
    """A thread with a connection of its own that keeps what went wrong in it."""

    def __init__(self, job: Callable[[], Any]) -> None:
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run, args=[job], daemon=True)
        self.thread.start()

    def _run(self, job: Callable[[], Any]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '20s'")
            job()
        except Refused:
            pass  # What another one did first leaves nothing to do.
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    @property
    def runs(self) -> bool:
        return self.thread.is_alive()

    def result(self) -> Exception | None:
        self.thread.join(timeout=60)
        assert not self.thread.is_alive()
        return self.error


@transaction.atomic
def lock(market: Market) -> None:
    lock_books(market_id=market.pk)


CONTENDED_FOR = [
    "violations_violation",
    "violations_heldviolation",
    "violations_appeal",
    "violations_appealdraft",
    "violations_appealrequest",
    "violations_enforcementaction",
    "quizzes_attempt",
    "quizzes_remark",
    "workshops_workshop",
    "workshops_signup",
    "workshops_seat",
    "sellers_member",
]

OF_JOBS = [
    "violations_massreversal",
    "policies_policyannouncement",
    "violations_upload",
    "reports_reportchunk",
    "quizzes_regrade",
]


def take_every_row(*tables: str) -> None:
    """Lock all rows of tables at once. Fails if anybody holds one of them."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT FROM {table} FOR NO KEY UPDATE NOWAIT")  # names from above


@pytest.mark.parametrize(("scene", "name"), each("RECORDS"))
def test_who_waits_for_the_books_holds_no_row(scene: type[Scene], name: str) -> None:
    """Somebody records, somebody waits to lock the books, so the service waits too: with nothing in its hands."""
    at = scene()
    with transaction.atomic():
        recording_time(market_id=at.market.pk, now=LATER)
        closer = Thread(lambda: lock(at.market))
        wait_until_somebody_waits_for_a_lock()
        service = Thread(getattr(at, name))
        wait_until_somebody_waits_for_a_lock(2)
        take_every_row("sellers_market", *OF_JOBS, "sellers_seller", *CONTENDED_FOR)
    assert (closer.result(), service.result()) == (None, None)


@pytest.mark.parametrize(("scene", "name"), each("TELLS_NOBODY"))
def test_who_records_nothing_does_not_wait_for_the_books(scene: type[Scene], name: str) -> None:
    at = scene()
    with transaction.atomic():
        recording_time(market_id=at.market.pk, now=LATER)
        closer = Thread(lambda: lock(at.market))
        wait_until_somebody_waits_for_a_lock()
        assert Thread(getattr(at, name)).result() is None
    assert closer.result() is None


@pytest.mark.parametrize(("scene", "name"), each("TAKES_TURNS_ON_SELLERS"))
def test_who_waits_for_a_seller_holds_no_row_that_is_contended_for(scene: type[Scene], name: str) -> None:
    at = scene()
    with transaction.atomic():
        take_every_row("sellers_seller")
        service = Thread(getattr(at, name))
        wait_until_somebody_waits_for_a_lock()
        take_every_row(*CONTENDED_FOR)
    assert service.result() is None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scene", SCENES)
def test_all_services_at_once_come_to_an_end(scene: type[Scene], seed: int) -> None:
    """Whatever the order in which they arrive: each pair of them meets, and the server finds no deadlock."""
    at = scene()
    jobs = [getattr(at, name) for name in [*at.TELLS_NOBODY, *at.RECORDS, *at.ALONGSIDE]]
    jobs += [lambda: lock(at.market)] * 3
    Random(seed).shuffle(jobs)
    with transaction.atomic():
        recording_time(market_id=at.market.pk, now=LATER)
        threads = [Thread(lambda: lock(at.market))]
        wait_until_somebody_waits_for_a_lock()
        threads += [Thread(job) for job in jobs]
        wait_until_somebody_waits_for_a_lock(len(at.RECORDS))
    assert [thread.result() for thread in threads] == [None] * len(threads)


@pytest.mark.parametrize("name", ["draft_a_mass_reversal", "change_a_market", "make_a_token", "start_a_run"])
def test_a_busy_feed_keeps_nobody_from_the_market(name: str) -> None:
    """Six who record one after the other without a gap."""
    at, stop = Scene(), threading.Event()

    def record() -> None:
        while not stop.is_set():
            with transaction.atomic():
                recording_time(market_id=at.market.pk, now=LATER)
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(0.1)")

    feed = [Thread(record) for _ in range(6)]
    try:
        assert Thread(getattr(at, name)).result() is None
        assert all(thread.runs for thread in feed)
    finally:
        stop.set()
    assert [thread.result() for thread in feed] == [None] * 6


# --- Whether all are tried

BOOKS = {"recording_time", "keep_books_open", "lock_books", "close_books"}
SELLERS = {"lock_seller", "lock_sellers", "lock_sellers_by_id", "lock_seller_ids"}
BOTH = {"lock_seller_to_record", "lock_open", "lock_workshop_to_tell"}
ROWS = {"select_for_update", "lock_workshop", "lock_claimed"}

ELSEWHERE = {
    "lock_its_seller": "by what holds and drops violations",
    "read_batch": "by issue_violations and import_an_upload",
    "void_violations": "by void_the_next_batch",
    "remind_of_workshop": "as tell_attendees",
    "remind_batch": "tests/quizzes/test_reminders.py: of one market, sellers in the order of their ids",
    "assign_batch": "tests/quizzes/trials: the same",
    "invite_batch": "tests/quizzes/trials: the same",
}
"""Services that take locks of two kinds and are not tried by name in a scene."""


def with_two_kinds_of_locks() -> Iterator[str]:
    root = Path(settings.BASE_DIR)
    for app in APPS:
        for file in (root / app).rglob("*.py"):
            if "services" in str(file.relative_to(root)):
                for one in ast.parse(file.read_text()).body:
                    if isinstance(one, ast.FunctionDef) and not one.name.startswith("_") and kinds_in(one) > 1:
                        yield one.name


def kinds_in(function: ast.FunctionDef) -> int:
    called = {
        getattr(one.func, "attr", getattr(one.func, "id", ""))
        for one in ast.walk(function)
        if isinstance(one, ast.Call)
    }
    books, sellers, rows = (bool(called & names) for names in (BOOKS | BOTH, SELLERS | BOTH, ROWS))
    return books + sellers + rows


def test_each_service_that_takes_locks_of_two_kinds_is_tried() -> None:
    files = [Path(__file__).with_name(name) for name in ("lock_scene.py", "further_lock_scene.py")]
    tried = set(re.findall(r"\w+", " ".join(file.read_text() for file in files)))
    found = set(with_two_kinds_of_locks())
    assert len(found) > 20
    assert found - tried - BOTH == set(ELSEWHERE)

"""A process whose clock is ahead of the database's closes no books and records nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.services import forget_account_emails
from healthportal.retention.services import prune
from healthportal.schedule import ENTRIES
from inbox.events.services import prune_events
from inbox.models import Message
from inbox.services import MessageDraft, post_messages, queue_digests
from reports.models import ReportRun
from reports.services import start_run
from sellers.models import Market
from sellers.services import ClockAhead, check_clock, close_books, recording_time
from tests.api import Caller, refusal
from tests.credits import credit_points
from tests.factories import MarketFactory, PolicyFactory, SellerFactory, draft
from tests.healthportal.lock_scene import Scene
from tests.reports.helpers import start_due_runs
from violations.attachments import sweep_orphans
from violations.imports.upload_work import work_on_next
from violations.models import Violation
from violations.services import apply_due_rules, issue_violations, record_starts
from workshops.services import delete_sensitive_answers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("the_servers_clock")]

SECOND, DAYS = timedelta(seconds=1), timedelta(days=8)


@pytest.fixture
def the_servers_clock(transactional_db: None) -> Iterator[None]:
    """As in production: the database takes its clock for the right one."""
    with connection.cursor() as cursor:
        cursor.execute("SET healthportal.any_clock = off")
        yield
        cursor.execute("SET healthportal.any_clock = on")


@pytest.fixture
def market() -> Market:
    return MarketFactory(books_closed_until=timezone.now() - timedelta(days=15))


@pytest.mark.parametrize("ahead", [90 * SECOND, DAYS, timedelta(days=3650)])
def test_books_are_not_closed_ahead_of_the_databases_clock(market: Market, ahead: timedelta) -> None:
    before = market.books_closed_until
    with pytest.raises(ClockAhead, match="ahead of the database's"):
        close_books(market_id=market.pk, until=timezone.now() + ahead)
    market.refresh_from_db()
    assert market.books_closed_until == before


@pytest.mark.parametrize("ahead", [-DAYS, 0 * SECOND, 30 * SECOND])
def test_clocks_may_differ_by_less_than_a_minute(market: Market, ahead: timedelta) -> None:
    moment = timezone.now() + ahead
    close_books(market_id=market.pk, until=moment)
    assert recording_time(market_id=market.pk, now=moment) == moment


def test_no_run_starts_in_a_process_whose_clock_is_ahead(market: Market) -> None:
    """To it a week has ended that goes on."""
    ahead = timezone.now() + DAYS + DAYS
    with pytest.raises(ClockAhead):
        start_due_runs(now=ahead)
    while start_due_runs(now=timezone.now()):
        ReportRun.objects.filter(published_at=None).update(published_at=timezone.now())
    with pytest.raises(ClockAhead):
        start_run(market=market, now=ahead)
    market.refresh_from_db()
    assert market.books_closed_until <= timezone.now()


def test_nothing_is_recorded_under_a_moment_that_has_not_come(market: Market) -> None:
    seller, policy, ahead = SellerFactory(market=market), PolicyFactory(points=12), timezone.now() + DAYS
    issued = draft(seller, policy, issued_at=timezone.now(), content=None)
    with pytest.raises(ClockAhead):
        issue_violations(market=market, drafts=[issued], source="feed", now=ahead)
    issue_violations(market=market, drafts=[issued], source="feed", now=timezone.now())
    with pytest.raises(ClockAhead):
        credit_points(violation=Violation.objects.get(), points=1, reason="Goodwill", now=ahead)
    message = MessageDraft(seller_id=seller.pk, kind=Message.Kind.NOTICE, subject="!", body="!")
    with pytest.raises(ClockAhead):
        post_messages(market=market, drafts=[message], now=ahead)
    assert not Message.objects.filter(posted_at__gt=timezone.now()).exists()


def test_what_follows_in_a_transaction_is_not_asked_again(market: Market) -> None:
    """Where books were closed ahead before anybody looked, what is recorded takes their end for its moment."""
    with connection.cursor() as cursor:
        cursor.execute("SET healthportal.any_clock = on")
        close_books(market_id=market.pk, until=timezone.now() + DAYS)
        cursor.execute("SET healthportal.any_clock = off")
    with transaction.atomic():
        moment = recording_time(market_id=market.pk, now=timezone.now())
        assert recording_time(market_id=market.pk, now=moment) == moment
    with pytest.raises(ClockAhead):
        recording_time(market_id=market.pk, now=moment)


def test_what_acts_by_the_clock_alone_does_not_act(attachments_root: Any) -> None:
    ahead = timezone.now() + DAYS
    with pytest.raises(ClockAhead):
        sweep_orphans(now=ahead)
    with pytest.raises(ClockAhead):
        work_on_next(clock=lambda: ahead)
    with pytest.raises(ClockAhead):
        check_clock(now=ahead)
    check_clock(now=timezone.now())


@pytest.mark.parametrize(
    "act",
    [
        lambda now: prune(clock=lambda: now, until=now + DAYS),
        lambda now: prune_events(now=now),
        lambda now: delete_sensitive_answers(now=now),
        lambda now: apply_due_rules(now=now),
        lambda now: record_starts(now=now),
        lambda now: queue_digests(now=now),
        lambda now: forget_account_emails(now=now),
    ],
)
def test_nothing_old_goes_and_nothing_due_begins_before_its_time(act: Callable[[datetime], object]) -> None:
    with pytest.raises(ClockAhead):
        act(timezone.now() + DAYS)
    act(timezone.now())


@pytest.fixture
def clock_of_the_process_is_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = timezone.now() + DAYS
    monkeypatch.setattr(timezone, "now", lambda: ahead)


def counts() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


@pytest.mark.parametrize("task", sorted({entry.task for entry in ENTRIES.values()}))
@pytest.mark.usefixtures("attachments_root")
def test_no_task_of_beat_removes_anything_in_such_a_process(task: str, request: pytest.FixtureRequest) -> None:
    Scene()
    before = counts()
    request.getfixturevalue("clock_of_the_process_is_ahead")
    with suppress(ClockAhead):
        import_string(task)()
    after = counts()
    assert {label: count for label, count in before.items() if after[label] < count} == {}


def test_call_to_such_a_process_is_answered_that_it_can_be_made_again(
    market: Market, clock_of_the_process_is_ahead: None, caplog: pytest.LogCaptureFixture
) -> None:
    SellerFactory(market=market, external_id="glow-1")
    notice = {"external_id": "n-1", "seller": "glow-1", "subject": "Hello", "body": "Hello"}
    response = Caller(market).send("POST", "messages", [notice])
    status, detail = refusal(response)
    assert (status, response["Retry-After"]) == (503, "60")
    assert detail.startswith("The clock of this process is 8 days ahead")
    assert "8 days ahead" in caplog.text
    assert not Message.objects.exists()


def test_readiness_names_it(client: Client, clock_of_the_process_is_ahead: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert "clock: The clock of this process is 8 days ahead of the database's" in response.text

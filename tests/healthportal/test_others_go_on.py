"""One bad row, market or file never stops the others."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import AccountEmail
from healthportal.workbench.services import tell_staff
from inbox.events.models import Event
from inbox.events.services import place_events, prune_events
from inbox.models import Message
from kit.dates import Week
from policies.models import PolicyAnnouncement
from policies.services import announce_changes
from reports import tasks
from reports.models import ReportRun, WeeklyReport
from reports.services import build_chunk, due_markets
from sellers.models import Market
from sellers.services import begin_viewing, end_viewings_over
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    PolicyFactory,
    PolicyVersionFactory,
    SellerFactory,
    UserFactory,
    issue,
)
from tests.healthportal.test_staff_emails import MORNING, overdue, reviewer
from tests.reports.helpers import start_due_runs
from tests.reports.test_tasks import eager as eager
from tests.workshops.test_signing_up import waiting_place
from violations.imports.upload_services import receive_upload
from violations.imports.upload_work import UPLOAD_WAITS_FOR, work_on_next
from violations.models import Upload
from violations.services import apply_due_rules, approve_rules, draft_rules
from workshops.services import pass_on_unconfirmed_places

pytestmark = pytest.mark.django_db

OUT_OF_PLACE = "UPDATE sellers_market SET time_zone = 'Mars/Olympus_Mons' WHERE id = %s"


def misplace(market: Market) -> None:
    """Give a market a time zone that nobody knows, past all checks, as an update of the system can."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(OUT_OF_PLACE, [market.pk])
        cursor.execute("SET session_replication_role = origin")


@pytest.fixture
def markets() -> list[Market]:
    """Three with a seller each and a week that has ended; the first and the last are somewhere that is nowhere."""
    opened = timezone.now() - timedelta(days=8)
    made = [MarketFactory(books_closed_until=opened) for _ in range(3)]
    for market in made:
        SellerFactory(market=market, created_at=LONG_AGO)
    for market in (made[0], made[2]):
        misplace(market)
    return made


def test_market_in_no_time_zone_stops_no_other_report(
    markets: list[Market], caplog: pytest.LogCaptureFixture, eager: None
) -> None:
    assert due_markets(now=timezone.now()) == [markets[1].pk]
    tasks.build_due_reports()
    assert {run.market for run in ReportRun.objects.published()} == {markets[1]}
    assert f"Looking for the week that is due in {markets[0].code} failed; the others go on." in caplog.messages


@pytest.mark.parametrize("named", [False, True], ids=["every week that is due", "a week"])
def test_market_that_fails_stops_no_other_of_the_command_which_says_so(
    markets: list[Market], caplog: pytest.LogCaptureFixture, named: bool
) -> None:
    week = Week.of(timezone.now() - timedelta(days=7), zone=markets[1].zone)
    with pytest.raises(CommandError) as failed:
        call_command("build_reports", stdout=StringIO(), stderr=StringIO(), **{"week": str(week)} if named else {})
    assert failed.value.returncode == 1
    assert str(failed.value).startswith(f"Failed: {markets[0].code}, {markets[2].code}; the log says why.")
    assert {run.market for run in ReportRun.objects.published()} == {markets[1]}
    assert f"Building the reports of {markets[0].code} failed; the others go on." in caplog.messages


def test_market_that_a_constraint_refuses_stops_no_other_report(caplog: pytest.LogCaptureFixture) -> None:
    opened = timezone.now() - timedelta(days=8)
    first, second = (MarketFactory(books_closed_until=opened) for _ in range(2))
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE reports_reportrun ADD CONSTRAINT not_this_one CHECK (market_id <> {first.pk})")
    assert [run.market for run in start_due_runs(now=timezone.now())] == [second]
    assert f"Starting the weekly reports of market {first.pk} failed; the others go on." in caplog.messages
    first.refresh_from_db()
    assert first.books_closed_until == opened


def test_work_in_hand_goes_on_beside_a_market_that_cannot_start(markets: list[Market]) -> None:
    [run] = start_due_runs(now=timezone.now())
    chunk = run.chunks.get()
    chunk.due_at = timezone.now()
    chunk.save()
    assert build_chunk(chunk_id=chunk.pk, now=timezone.now())
    tasks.build_due_reports()
    assert WeeklyReport.objects.published().count() == 1


def test_market_that_cannot_be_told_of_a_policy_keeps_nobody_else_from_being_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sellers = [SellerFactory(created_at=LONG_AGO) for _ in range(3)]
    version = PolicyVersionFactory(policy=PolicyFactory(), number=2, effective_from=NOW)
    announcements = [
        PolicyAnnouncement.objects.create(version=version, market=seller.market, due_at=NOW) for seller in sellers
    ]
    misplace(sellers[0].market)
    assert announce_changes(clock=lambda: NOW) == 2
    assert list(Message.objects.order_by("id").values_list("seller_id", flat=True)) == [s.pk for s in sellers[1:]]
    assert list(PolicyAnnouncement.objects.filter(done_at=None)) == announcements[:1]
    assert f"Policy announcement {announcements[0].pk} failed; the others go on." in caplog.messages


@pytest.mark.usefixtures("attachments_root")
def test_upload_that_fails_without_words_keeps_no_other_waiting(caplog: pytest.LogCaptureFixture) -> None:
    """Its folder is not to be read: no reason that can be told to whoever uploaded it, so it is tried again."""
    market, person = MarketFactory(), UserFactory()
    first, second = (
        receive_upload(market=market, file=ContentFile(b"external_id\n", f"{name}.csv"), uploaded_by=person, now=NOW)
        for name in ("first", "second")
    )
    path = Path(storages["attachments"].path(first.stored_name))
    path.unlink()
    path.mkdir()
    assert work_on_next(clock=lambda: NOW)
    assert f"Upload {first.pk} failed; the others go on." in caplog.messages
    assert work_on_next(clock=lambda: NOW)
    assert not work_on_next(clock=lambda: NOW)
    second.refresh_from_db()
    assert second.state != Upload.State.CHECKING
    first.refresh_from_db()
    assert (first.state, first.due_at) == (Upload.State.CHECKING, NOW + Upload.waits[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("attachments_root")
def test_upload_whose_file_cannot_be_removed_keeps_no_other_waiting(caplog: pytest.LogCaptureFixture) -> None:
    market, person = MarketFactory(), UserFactory()
    forgotten, due = (
        receive_upload(market=market, file=ContentFile(b"external_id\n", "a.csv"), uploaded_by=person, now=NOW)
        for _ in range(2)
    )
    Upload.objects.filter(pk=forgotten.pk).update(state=Upload.State.CHECKED, due_at=None, preview={})
    path = Path(storages["attachments"].path(forgotten.stored_name))
    path.unlink()
    (path / "full").mkdir(parents=True)
    assert work_on_next(clock=lambda: NOW + UPLOAD_WAITS_FOR + timedelta(seconds=1))
    assert f"Discarding upload {forgotten.pk} failed; the others go on." in caplog.messages
    due.refresh_from_db()
    assert due.state != Upload.State.CHECKING


# --- What a worker does one by one, each time that it comes by


def refuse(table: str, condition: str) -> None:
    """Have the database refuse one row from now on, as a rule of a later version may."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")  # nothing is pending then
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT not_this_one CHECK ({condition}) NOT VALID")


def test_market_whose_rules_cannot_change_keeps_no_other_from_its_own(caplog: pytest.LogCaptureFixture) -> None:
    then = NOW + timedelta(days=20)
    changes = [
        draft_rules(
            market=MarketFactory(), numbers={"appeal_days": 45}, milestones=None, reason="A new law.",
            effective_from=then + timedelta(minutes=minutes), drafted_by=UserFactory(), now=NOW,
        )
        for minutes in range(2)
    ]  # fmt: skip
    for change in changes:
        approve_rules(change=change, approved_by=UserFactory(), now=NOW)
    refuse("sellers_market", f"id <> {changes[0].market_id} OR appeal_days <> 45")
    assert apply_due_rules(now=then + timedelta(days=1)) == changes[1:]
    assert f"Change {changes[0].pk} of rules failed; the others go on." in caplog.messages


def test_workshop_that_fails_keeps_no_other_from_passing_places_on(caplog: pytest.LogCaptureFixture) -> None:
    first, second = waiting_place(), waiting_place()
    refuse("workshops_signup", f"id <> {first.pk} OR state <> 'cancelled'")
    assert pass_on_unconfirmed_places(now=NOW + timedelta(hours=24)) == 1
    second.refresh_from_db()
    assert second.lapsed
    assert f"Passing on places of workshop {first.workshop_id} failed; the others go on." in caplog.messages


def test_person_who_cannot_be_told_keeps_no_other_from_being_told() -> None:
    first, second = reviewer("daily"), reviewer("daily")
    overdue()
    refuse("accounts_accountemail", f"\"to\" <> '{first.email}'")
    assert tell_staff(now=MORNING) == 1
    assert AccountEmail.objects.get().to == second.email


def test_viewing_that_cannot_end_keeps_no_other_from_ending() -> None:
    first, second = (
        begin_viewing(seller=SellerFactory(), reason="Ticket", now=NOW, begun_by=UserFactory(is_staff=True))
        for _ in range(2)
    )
    refuse("sellers_sellerviewing", f"id <> {first.pk} OR ended_at IS NULL")
    assert end_viewings_over(now=NOW + timedelta(hours=1)) == 1
    second.refresh_from_db()
    assert second.ended_at is not None


def test_market_whose_events_find_no_place_keeps_no_other_from_its_feed() -> None:
    first, second = (issue(SellerFactory(), PolicyFactory()) for _ in range(2))
    refuse("events_event", f"market_id <> {first.market_id} OR position IS NULL")
    assert place_events(now=NOW) == Event.objects.filter(market=second.market).count()
    assert not Event.objects.filter(market=first.market).exclude(position=None).exists()


def test_market_whose_events_cannot_be_deleted_keeps_no_other_from_being_pruned() -> None:
    first, second = (issue(SellerFactory(), PolicyFactory()) for _ in range(2))
    place_events(now=NOW)
    refuse("events_feed", f"market_id <> {first.market_id} OR deleted_until = 0")
    assert prune_events(now=timezone.now() + timedelta(days=31)) > 0
    assert Event.objects.filter(market=first.market).exists()
    assert not Event.objects.filter(market=second.market).exists()

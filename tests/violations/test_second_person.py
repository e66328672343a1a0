"""Uploads and mass reversals above a number of their market: one person proposes, another approves, or goes alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry, LoneDecision
from healthportal.roles import INCIDENT_LEAD, REVIEWER
from healthportal.workbench.selectors import needs_of
from kit.outcomes import Refused
from kit.second_person import WINDOW, OwnProposal, Share
from sellers.models import Market, Seller
from tests.factories import LONG_AGO, MarketFactory, PolicyFactory, SellerFactory, UserFactory, issue, person_in
from tests.quizzes.test_models import refuses
from tests.threads import together
from tests.violations.reversing import INCIDENT, LATER, REASON, draft_mass
from tests.violations.test_uploads import checked, row
from violations.imports.upload_services import confirm_upload
from violations.models import MassReversal, Upload
from violations.services import ReversalFilter, propose_reversal, redraft_reversal, start_reversal

pytestmark = pytest.mark.django_db
WHY = "Nobody else is at work before Monday."


@pytest.fixture(autouse=True)
def _files(attachments_root: Path) -> None:
    """Files of its own for each test."""


@pytest.fixture
def market() -> Market:
    return MarketFactory(
        code="US", books_closed_until=LONG_AGO, upload_second_person_above=1, reversal_second_person_above=1
    )


@pytest.fixture
def seller(market: Market) -> Seller:
    PolicyFactory(code="claims", points=4)
    return SellerFactory(market=market, external_id="glow-1")


def names_of(person: User) -> set[str]:
    return {found.need.name for found in needs_of(person, now=timezone.now())}


def two_rows(market: Market, by: User) -> Upload:
    return checked(market, by, row("a"), row("b"))


def set_of(market: Market, count: int = 2, **wanted: Any) -> MassReversal:
    for _ in range(count):
        issue(SellerFactory(market=market), PolicyFactory())
    return draft_mass(market, **wanted)


@pytest.mark.parametrize(
    ("alone", "count", "above", "needed"),
    [(0, 0, 0, False), (0, 1, 0, True), (0, 5, 5, False), (0, 6, 5, True), (3, 2, 5, False), (3, 3, 5, True)],
)
def test_second_person_is_needed_above_a_number_and_never_without_one(
    alone: int, count: int, above: int, needed: bool
) -> None:
    assert Share(count, alone=alone, above=above).needs_second_person is needed
    assert not Share(count, alone=alone, above=None).needs_second_person


# --- Uploads


def test_upload_above_the_number_is_confirmed_by_another(market: Market, seller: Seller) -> None:
    by = person_in(REVIEWER)
    upload = two_rows(market, by)
    with pytest.raises(OwnProposal):
        confirm_upload(upload=upload, confirmed_by=by, now=LATER)
    assert Upload.objects.get().state == Upload.State.CHECKED
    other = person_in(REVIEWER)
    confirmed = confirm_upload(upload=upload, confirmed_by=other, now=LATER)
    assert (confirmed.state, confirmed.needs_second_person, confirmed.alone_reason) == ("importing", True, "")


def test_upload_at_the_number_is_confirmed_by_who_uploaded_it(market: Market, seller: Seller) -> None:
    by = person_in(REVIEWER)
    upload = confirm_upload(upload=checked(market, by, row("a")), confirmed_by=by, now=LATER)
    assert (upload.state, upload.needs_second_person) == ("importing", False)


def test_who_uploaded_it_goes_alone_with_a_reason(market: Market, seller: Seller) -> None:
    by, other = person_in(REVIEWER), person_in(REVIEWER)
    upload = confirm_upload(upload=two_rows(market, by), confirmed_by=by, now=timezone.now(), alone_reason=WHY)
    assert (upload.alone_reason, upload.confirmed_by) == (WHY, by)
    assert AuditEntry.objects.get(action="go_alone").note == WHY
    assert "lone_decisions" in names_of(other)
    assert "lone_decisions" not in names_of(by)
    refuses("upload_approved_by_another", "UPDATE violations_upload SET alone_reason = ''")


def test_upload_waits_on_the_home_of_others_and_leads_to_its_confirmation(
    client: Client, market: Market, seller: Seller
) -> None:
    by, other = person_in(REVIEWER), person_in(REVIEWER)
    checked(market, by, row("x"), name="small.csv")
    upload = two_rows(market, by)
    assert "proposed_uploads" not in names_of(by)
    client.force_login(other)
    page = reverse("admin:violations_upload_confirm", args=[upload.pk])
    home = client.get("/admin/").text
    assert f'<a class="button" href="{page}">Review it</a>' in home
    assert "small.csv" not in home
    assert 'name="alone_reason"' not in client.get(page).text
    client.force_login(by)
    assert 'name="alone_reason"' in client.get(page).text
    assert "somebody else has to decide" in client.post(page, {"alone_reason": "Because."}).text
    client.force_login(other)
    assert client.post(page).status_code == 302
    assert Upload.objects.get(pk=upload.pk).confirmed_by == other


def test_uploads_of_one_person_within_24_hours_count_together(client: Client, market: Market, seller: Seller) -> None:
    by, other = person_in(REVIEWER), person_in(REVIEWER)
    now = timezone.now()
    first, second, third = (checked(market, by, row(name), name=f"{name}.csv") for name in "abc")
    others = checked(market, other, row("d"))
    confirm_upload(upload=first, confirmed_by=by, now=now)

    assert Upload.objects.for_second_person(as_of=now).count() == 2
    assert "proposed_uploads" in names_of(other)
    client.force_login(by)
    for page in ("confirm", "change"):
        shown = client.get(reverse(f"admin:violations_upload_{page}", args=[second.pk])).text
        assert f"{by} would have imported 2 violations in 24 hours, and one person may import 1" in shown
    with pytest.raises(OwnProposal):
        confirm_upload(upload=second, confirmed_by=by, now=now)
    confirm_upload(upload=others, confirmed_by=other, now=now)
    assert confirm_upload(upload=second, confirmed_by=other, now=now).needs_second_person
    assert not Upload.objects.for_second_person(as_of=now + WINDOW).exists()
    assert not confirm_upload(upload=third, confirmed_by=by, now=now + WINDOW).needs_second_person


def test_upload_that_failed_counts_for_what_it_created(market: Market, seller: Seller) -> None:
    by = person_in(REVIEWER)
    first, second = checked(market, by, row("a"), name="a.csv"), checked(market, by, row("b"), name="b.csv")
    confirm_upload(upload=first, confirmed_by=by, now=LATER)
    assert second.share(as_of=LATER).alone == 1
    Upload.objects.filter(pk=first.pk).update(state="failed", due_at=None)
    assert second.share(as_of=LATER).alone == 0


@pytest.mark.django_db(transaction=True)
def test_uploads_of_one_person_confirmed_at_once_are_not_above_the_number(market: Market, seller: Seller) -> None:
    by = UserFactory()
    uploads = [checked(market, by, row(name), name=f"{name}.csv") for name in "abcd"]
    answers = together(4, lambda n: confirm_upload(upload=uploads[n], confirmed_by=by, now=LATER))
    assert sum(isinstance(one, OwnProposal) for one in answers) == 3


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_at_once_are_one(market: Market, seller: Seller) -> None:
    upload, people = two_rows(market, UserFactory()), [UserFactory() for _ in range(4)]
    answers = together(4, lambda n: confirm_upload(upload=upload, confirmed_by=people[n], now=LATER))
    assert sum(isinstance(one, Refused) for one in answers) == 3
    assert AuditEntry.objects.filter(action="confirm").count() == 1


# --- Mass reversals


def test_reversal_above_the_number_is_proposed_and_started_by_another(market: Market) -> None:
    by, other = person_in(INCIDENT_LEAD), person_in(INCIDENT_LEAD)
    reversal = set_of(market, by=by)
    with pytest.raises(OwnProposal):
        start_reversal(reversal=reversal, reason=REASON, confirmed=2, started_by=by, now=LATER)
    reversal = propose_reversal(reversal=reversal, reason=REASON, confirmed=2, proposed_by=by, now=LATER)
    assert (reversal.state, reversal.reason, reversal.due_at) == ("draft", REASON, None)
    with pytest.raises(OwnProposal):
        start_reversal(reversal=reversal, reason=REASON, confirmed=2, started_by=by, now=LATER)
    with pytest.raises(Refused, match="waits for a second person already"):
        propose_reversal(reversal=reversal, reason=REASON, confirmed=2, proposed_by=other, now=LATER)
    with pytest.raises(Refused, match="type that number"):
        start_reversal(reversal=reversal, reason=REASON, confirmed=3, started_by=other, now=LATER)
    started = start_reversal(reversal=reversal, reason="Another one.", confirmed=2, started_by=other, now=LATER)
    assert (started.state, started.reason, started.needs_second_person) == ("running", REASON, True)
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["add", "propose", "start"]


def test_reversal_that_nobody_proposed_is_not_started_by_a_second_person(market: Market) -> None:
    reversal = set_of(market, by=person_in(INCIDENT_LEAD))
    with pytest.raises(OwnProposal):
        start_reversal(reversal=reversal, reason=REASON, confirmed=2, started_by=person_in(INCIDENT_LEAD), now=LATER)


def test_reversal_at_the_number_is_started_by_who_drafted_it(market: Market) -> None:
    by = person_in(INCIDENT_LEAD)
    reversal = set_of(market, 1, by=by)
    started = start_reversal(reversal=reversal, reason=REASON, confirmed=1, started_by=by, now=LATER)
    assert (started.needs_second_person, started.proposed_by) == (False, None)


def test_reversals_of_one_person_within_24_hours_count_together(client: Client, market: Market) -> None:
    by, other = person_in(INCIDENT_LEAD), person_in(INCIDENT_LEAD)
    now = timezone.now()
    violations = [issue(SellerFactory(market=market), PolicyFactory()) for _ in range(2)]
    first, second = (draft_mass(market, by=by, policy=one.policy_version.policy) for one in violations)
    start_reversal(reversal=first, reason=REASON, confirmed=1, started_by=by, now=now)

    client.force_login(by)
    page = reverse("admin:violations_massreversal_start", args=[second.pk])
    assert "You would have voided 2 violations in 24 hours, and one person may void 1" in client.get(page).text
    client.force_login(other)
    assert "You would have voided 1 violation in 24 hours, of 1 that one person may void" in client.get(page).text
    with pytest.raises(OwnProposal):
        start_reversal(reversal=second, reason=REASON, confirmed=1, started_by=by, now=now)
    propose_reversal(reversal=second, reason=REASON, confirmed=1, proposed_by=by, now=now)
    assert second.share(1, person_id=by.pk, as_of=now + WINDOW).alone == 0
    with pytest.raises(OwnProposal):
        start_reversal(reversal=second, reason=REASON, confirmed=1, started_by=by, now=now + WINDOW)
    assert start_reversal(
        reversal=second, reason=REASON, confirmed=1, started_by=other, now=now + WINDOW
    ).needs_second_person


def test_other_filter_has_to_be_proposed_anew(market: Market) -> None:
    by, other = person_in(INCIDENT_LEAD), person_in(INCIDENT_LEAD)
    reversal = propose_reversal(reversal=set_of(market), reason=REASON, confirmed=2, proposed_by=by, now=LATER)
    wanted = ReversalFilter(detection="staff")
    redraft_reversal(reversal=reversal, market=market, wanted=wanted, incident=INCIDENT, now=LATER, redrafted_by=other)
    reversal.refresh_from_db()
    assert (reversal.proposed_by, reversal.proposed_at) == (None, None)


def test_reversal_is_started_alone_with_a_reason_that_stays(market: Market) -> None:
    by = person_in(INCIDENT_LEAD)
    reversal = set_of(market)
    start_reversal(reversal=reversal, reason=REASON, confirmed=2, started_by=by, now=LATER, alone_reason=WHY)
    assert LoneDecision.objects.get().entry.note == WHY
    sql = "UPDATE violations_massreversal SET alone_reason = '' WHERE id = %s"
    refuses("mass_reversal_stays_as_started", sql, reversal.pk)


@pytest.mark.parametrize("proposed", [True, False])
def test_database_starts_none_without_a_second_person_or_a_reason(market: Market, proposed: bool) -> None:
    by = person_in(INCIDENT_LEAD)
    reversal = set_of(market)
    if proposed:
        propose_reversal(reversal=reversal, reason=REASON, confirmed=2, proposed_by=by, now=LATER)
    sql = (
        "UPDATE violations_massreversal SET needs_second_person = true, reason = 'Why.', started_by_id = %s,"
        " started_at = created_at, due_at = now() WHERE id = %s"
    )
    refuses("mass_reversal_approved_by_another", sql, by.pk, reversal.pk)
    refuses(
        "mass_reversal_proposed_by_somebody",
        "UPDATE violations_massreversal SET proposed_at = now(), proposed_by_id = NULL WHERE id = %s",
        reversal.pk,
    )


def test_pages_propose_and_approve(client: Client, market: Market) -> None:
    by, other = person_in(INCIDENT_LEAD), person_in(INCIDENT_LEAD)
    reversal = set_of(market, by=by)
    page = reverse("admin:violations_massreversal_start", args=[reversal.pk])
    client.force_login(by)
    assert (
        "You would have voided 2 violations in 24 hours, and one person may void 1: you propose it"
        in client.get(page).text
    )
    assert client.post(page, {"reason": REASON, "confirmed": "2", "alone_reason": ""}).status_code == 302
    assert "draft_reversals" not in names_of(by)
    shown = client.get(page).text
    assert "Start it alone" in shown
    assert "somebody else has to decide" in client.post(page, {"confirmed": "2"}).text
    client.force_login(other)
    assert f'<a class="button" href="{page}">Review it</a>' in client.get("/admin/").text
    listed = client.get(reverse("admin:violations_massreversal_changelist"), {"state": "proposed"}).text
    assert "Waits for a second person" in listed
    shown = client.get(page).text
    assert REASON in shown
    assert 'name="reason"' not in shown
    assert 'name="alone_reason"' not in shown
    assert client.post(page, {"confirmed": "2"}).status_code == 302
    reversal.refresh_from_db()
    assert (reversal.started_by, reversal.proposed_by, reversal.state) == (other, by, "running")


def test_page_starts_it_alone_with_a_reason(client: Client, market: Market) -> None:
    by = person_in(INCIDENT_LEAD)
    reversal = set_of(market, by=by)
    client.force_login(by)
    page = reverse("admin:violations_massreversal_start", args=[reversal.pk])
    client.post(page, {"reason": REASON, "confirmed": "2", "alone_reason": WHY})
    reversal.refresh_from_db()
    assert (reversal.state, reversal.alone_reason) == ("running", WHY)


@pytest.mark.django_db(transaction=True)
def test_two_starts_at_once_are_one(market: Market) -> None:
    reversal = propose_reversal(
        reversal=set_of(market), reason=REASON, confirmed=2, proposed_by=UserFactory(), now=LATER
    )
    people = [UserFactory() for _ in range(4)]
    answers = together(
        4,
        lambda n: start_reversal(reversal=reversal, reason=REASON, confirmed=2, started_by=people[n], now=LATER),
    )
    assert sum(isinstance(one, Refused) for one in answers) == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM violations_massreversal WHERE started_by_id IS NOT NULL")
        assert cursor.fetchone() == (1,)

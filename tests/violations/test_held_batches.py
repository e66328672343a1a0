"""Deciding about many held violations at once: all of a seller's, or none and why."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from healthportal.roles import INCIDENT_LEAD, REVIEWER
from inbox.models import Message
from sellers.models import Market, Seller
from tests.factories import MarketFactory, MemberFactory, PolicyFactory, SellerFactory, UserFactory, draft, person_in
from tests.violations.test_detectors import DAY, incident
from violations.models import DetectorAlarm, HeldViolation, Violation
from violations.services import (
    MAX_HELD_BATCH,
    drop_held,
    drop_held_batch,
    hold_detector,
    issue_held_batch,
    issue_violations,
    preview_held_batch,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> Any:
    return timezone.now()


@pytest.fixture
def policy() -> Any:
    return PolicyFactory(code="claims", points=7)


@pytest.fixture
def market() -> Market:
    made: Market = MarketFactory(code="US")
    return made


@pytest.fixture
def alarm(market: Market, policy: Any, now: Any) -> DetectorAlarm:
    return hold_detector(alarm=incident(market, policy, now), held_by=UserFactory(), now=now)


def hold(alarm: DetectorAlarm, seller: Seller, policy: Any, now: Any) -> HeldViolation:
    fields = {"external_id": f"held-{HeldViolation.objects.count()}", "detector": "claims-model"}
    sent = draft(seller, policy, detection="automated", issued_at=now - DAY, **fields)
    issue_violations(market=alarm.market, drafts=[sent], source="API token feed", now=now)
    return HeldViolation.objects.get(external_id=sent.external_id)


@pytest.fixture
def two(alarm: DetectorAlarm, market: Market, policy: Any, now: Any) -> list[HeldViolation]:
    """Two of one seller, which reach the milestone of 12 points."""
    seller = SellerFactory(market=market)
    return [hold(alarm, seller, policy, now) for _ in range(2)]


@pytest.fixture
def other(alarm: DetectorAlarm, market: Market, policy: Any, now: Any) -> HeldViolation:
    return hold(alarm, SellerFactory(market=market), policy, now)


def lead(role: str = INCIDENT_LEAD) -> User:
    return person_in(role)


def waiting() -> set[int]:
    return set(HeldViolation.objects.waiting().values_list("pk", flat=True))


def test_preview_says_totals_and_milestones_and_writes_nothing(
    two: list[HeldViolation], other: HeldViolation, now: Any
) -> None:
    counts = (Violation.objects.count(), Message.objects.count(), AuditEntry.objects.count())
    first, second = preview_held_batch(held=[other, *two], issued_by=lead(), now=now)
    assert (first.seller, first.count, first.before, first.after) == (two[0].seller, 2, 0, 14)
    assert [(one.kind, one.milestone_points) for one in first.actions] == [("restriction", 12)]
    assert (second.count, second.after, list(second.actions), second.refused) == (1, 7, [], "")
    assert counts == (Violation.objects.count(), Message.objects.count(), AuditEntry.objects.count())
    assert waiting() == {*(one.pk for one in two), other.pk}


def test_issuing_does_what_the_preview_said(two: list[HeldViolation], other: HeldViolation, now: Any) -> None:
    by = lead()
    seen = preview_held_batch(held=[*two, other], issued_by=by, now=now)
    done = issue_held_batch(held=[*two, other], issued_by=by, now=now)
    assert [(one.count, one.before, one.after) for one in seen] == [(one.count, one.before, one.after) for one in done]
    assert waiting() == set()
    assert AuditEntry.objects.filter(person=by, action="issue").count() == 3
    assert Violation.objects.filter(issued_by=by).count() == 3


def test_of_a_seller_all_are_issued_or_none(two: list[HeldViolation], other: HeldViolation, now: Any) -> None:
    drop_held(held=two[1], reason="Wrong.", dropped_by=lead(), now=now)
    first, second = issue_held_batch(held=[*two, other], issued_by=lead(), now=now)
    assert "decided about" in first.refused
    assert (first.before, first.after, second.refused) == (0, 0, "")
    assert waiting() == {two[0].pk}
    assert Violation.objects.filter(seller=two[0].seller).count() == 0


def test_nobody_decides_about_their_own_seller(two: list[HeldViolation], other: HeldViolation, now: Any) -> None:
    by = lead()
    MemberFactory(seller=two[0].seller, user=by)
    first, second = drop_held_batch(held=[*two, other], reason="A bad release.", dropped_by=by, now=now)
    assert first.refused
    assert not second.refused
    assert waiting() == {one.pk for one in two}


# --- The page


def choose(client: Client, action: str, held: list[HeldViolation]) -> Any:
    listed = reverse("admin:violations_heldviolation_changelist")
    return client.post(listed, {"action": action, "_selected_action": [one.pk for one in held]})


def test_list_leads_to_a_preview_that_asks_for_the_number(
    client: Client, two: list[HeldViolation], other: HeldViolation
) -> None:
    client.force_login(lead())
    page = choose(client, "issue_together", [*two, other]).headers["Location"]
    shown = client.get(page).text
    assert "3 violations of 2 sellers" in shown
    assert "Restriction at 12 points" in shown
    assert "No milestone is reached." in shown
    assert "type that number" in client.post(page, {"confirmed": "2"}).text
    assert len(waiting()) == 3
    after = client.post(page, {"confirmed": "3"}, follow=True)
    assert "3 violations are issued" in after.text
    assert waiting() == set()
    again = client.post(page, {"confirmed": "3"}, follow=True)
    assert "decided about" in again.text


def test_page_of_the_alarm_leads_to_all_that_it_holds(
    client: Client, two: list[HeldViolation], other: HeldViolation
) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    alarm = reverse("admin:violations_detectoralarm_change", args=[other.alarm_id])
    query = {"ids": ",".join(str(one.pk) for one in sorted([*two, other], key=lambda one: one.pk))}
    page = reverse("admin:violations_heldviolation_issue_together", query=query)
    assert f'<a href="{page}">Issue what is held</a>' in client.get(alarm).text
    HeldViolation.objects.all().delete()
    assert "Issue what is held" not in client.get(alarm).text


def test_dropping_many_asks_for_a_reason(client: Client, two: list[HeldViolation], other: HeldViolation) -> None:
    client.force_login(lead())
    page = choose(client, "drop_together", [*two, other]).headers["Location"]
    assert two[0].external_id in client.get(page).text
    assert list(client.post(page, {"confirmed": "3", "reason": " "}).context["form"].errors) == ["reason"]
    after = client.post(page, {"confirmed": "3", "reason": "A bad release."}, follow=True)
    assert "3 violations are dropped" in after.text
    assert set(HeldViolation.objects.values_list("reason", flat=True)) == {"A bad release."}
    assert not Violation.objects.filter(held__isnull=False).exists()


def test_who_may_not_handle_alarms_is_refused(client: Client, other: HeldViolation) -> None:
    client.force_login(lead(REVIEWER))
    page = reverse("admin:violations_heldviolation_issue_together", query={"ids": other.pk})
    assert client.get(page).status_code == 403
    client.force_login(lead())
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("ids", ["", "x", "-1", "9" * 30, "0", "1\x00"])
def test_page_without_a_held_violation_is_not_found(client: Client, ids: str) -> None:
    client.force_login(lead())
    for decision in ("issue", "drop"):
        page = reverse(f"admin:violations_heldviolation_{decision}_together", query={"ids": ids})
        assert client.get(page).status_code == 404


def test_more_than_can_be_decided_at_once_are_refused(client: Client, other: HeldViolation) -> None:
    row = {field.attname: getattr(other, field.attname) for field in HeldViolation._meta.fields if field.name != "id"}
    HeldViolation.objects.bulk_create(
        HeldViolation(**row | {"external_id": f"more-{number}"}) for number in range(MAX_HELD_BATCH)
    )
    client.force_login(lead())
    listed = reverse("admin:violations_heldviolation_changelist")
    sent = {"action": "issue_together", "_selected_action": [other.pk], "select_across": "1"}
    assert "Select at most 200" in client.post(listed, sent, follow=True).text

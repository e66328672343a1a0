"""What happens to sellers is recorded, in the transaction in which it happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inbox.events.models import Event
from inbox.events.services import record_event
from reports.services import build_due_weeks
from sellers.models import Market, Seller
from tests.factories import (
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.quizzes.helpers import take
from tests.violations.appealing import appeal_against
from violations.models import EnforcementAction
from violations.services import deny_appeal, lift_action, record_starts, shorten_action, void_violation
from workshops.services import cancel_signup, sign_up

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
LONG_AGO = NOW - timedelta(days=400)


@pytest.fixture
def market() -> Market:
    market: Market = MarketFactory(books_closed_until=LONG_AGO)
    return market


@pytest.fixture
def seller(market: Market) -> Seller:
    seller: Seller = MemberFactory(seller__market=market, seller__created_at=LONG_AGO).seller
    return seller


def told(seller: Seller) -> list[tuple[str, dict[str, Any]]]:
    return list(Event.objects.filter(seller=seller).order_by("id").values_list("kind", "data"))


def test_a_violation_and_what_follows_from_it(seller: Seller) -> None:
    seller.market.milestones.update(notice_days=0)
    violation = issue(seller, PolicyFactory(points=12), now=NOW, external_id="v1")
    action = EnforcementAction.objects.get()
    assert told(seller) == [("violation.issued", {"violation": "v1"}), ("action.announced", {"action": action.pk})]
    void_violation(violation=violation, reason="A mistake.", voided_by=UserFactory(is_staff=True), now=LATER)
    assert told(seller)[2:] == [
        ("violation.voided", {"violation": "v1"}),
        ("action.started", {"action": action.pk}),
        ("action.lifted", {"action": action.pk}),
    ]


def test_what_is_rolled_back_never_happened(seller: Seller) -> None:
    with transaction.atomic():
        issue(seller, PolicyFactory(points=12), now=NOW)
        transaction.set_rollback(True)
    assert told(seller) == []


def test_an_action_starts_when_its_time_comes_and_once(seller: Seller) -> None:
    seller.market.milestones.update(notice_days=2)
    issue(seller, PolicyFactory(points=12), now=NOW)
    action = EnforcementAction.objects.get()
    assert record_starts(now=action.starts_at - timedelta(seconds=1)) == 0
    assert record_starts(now=action.starts_at) == 1
    assert record_starts(now=action.starts_at + timedelta(days=1)) == 0
    started = Event.objects.get(kind=Event.Kind.ACTION_STARTED)
    assert (started.data, started.happened_at) == ({"action": action.pk}, action.starts_at)


def test_an_action_that_is_lifted_before_its_time_never_starts(seller: Seller) -> None:
    seller.market.milestones.update(notice_days=2)
    issue(seller, PolicyFactory(points=12), now=NOW)
    action = EnforcementAction.objects.get()
    lift_action(action=action, reason="A mistake.", lifted_by=UserFactory(is_staff=True), now=LATER)
    assert record_starts(now=NOW + timedelta(days=9)) == 0
    assert told(seller)[-1] == ("action.lifted", {"action": action.pk})


def test_a_shorter_action_is_announced_in_the_place_of_the_other(seller: Seller) -> None:
    seller.market.milestones.update(notice_days=2, duration_days=7)
    issue(seller, PolicyFactory(points=12), now=NOW)
    action = EnforcementAction.objects.get()
    shorter = shorten_action(action=action, share=50, reason="Quiz passed.", now=LATER)
    assert told(seller)[-2:] == [
        ("action.lifted", {"action": action.pk}),
        ("action.announced", {"action": shorter.pk, "replaces": action.pk}),
    ]


def test_an_appeal_is_filed_and_decided(seller: Seller) -> None:
    appeal = appeal_against(issue(seller, PolicyFactory(points=1), now=NOW, external_id="v1"), now=NOW)
    reviewer = UserFactory(is_staff=True)
    deny_appeal(appeal=appeal, reason="The video shows what the policy forbids.", decided_by=reviewer, now=LATER)
    data = {"appeal": appeal.pk, "violation": "v1"}
    assert told(seller)[1:] == [("appeal.filed", data), ("appeal.decided", data)]


def test_who_gets_a_place_at_once_and_who_gets_one_later(market: Market) -> None:
    first, second = (MemberFactory(seller__market=market) for _ in range(2))
    workshop = WorkshopFactory(market=market, capacity=1, starts_at=NOW + timedelta(days=9))
    placed, waiting = (sign_up(workshop=workshop, seller=one.seller, user=one.user, now=NOW) for one in (first, second))
    assert (len(told(first.seller)), told(second.seller)) == (1, [])
    assert told(first.seller) == [("place.given", {"signup": placed.pk, "workshop": workshop.pk})]
    cancel_signup(signup=placed, user=first.user, now=LATER)
    assert told(second.seller) == [("place.given", {"signup": waiting.pk, "workshop": workshop.pk})]


def test_a_report_is_published() -> None:
    market = MarketFactory(books_closed_until=datetime(2026, 11, 9, 5, tzinfo=UTC), time_zone="America/New_York")
    seller = SellerFactory(market=market, created_at=LONG_AGO)
    build_due_weeks(market=market, now=datetime(2026, 11, 16, 7, tzinfo=UTC))
    assert told(seller) == [("report.published", {"week": "2026-W46"})]


def test_an_attempt_is_passed_and_one_that_is_not_says_nothing(seller: Seller) -> None:
    quiz = QuizFactory()
    issue(seller, quiz.policy, now=NOW)
    take(seller, quiz, right=0)
    assert [kind for kind, _ in told(seller)] == ["violation.issued"]
    passed = take(seller, quiz)
    assert told(seller)[1:] == [("attempt.passed", {"attempt": passed.pk, "quiz": quiz.pk})]


def test_an_event_is_in_the_market_of_its_seller(seller: Seller) -> None:
    record_event(seller=seller, kind=Event.Kind.VIOLATION_ISSUED, data={"violation": "v1"}, now=NOW)
    elsewhere = SellerFactory().market
    with pytest.raises(IntegrityError, match="event_seller_is_of_market"), transaction.atomic():
        Event.objects.update(market=elsewhere)


@pytest.mark.parametrize(("fields", "name"), [({"position": 0}, "event_position_positive")])
def test_the_database_refuses(seller: Seller, fields: dict[str, Any], name: str) -> None:
    record_event(seller=seller, kind=Event.Kind.VIOLATION_ISSUED, data={"violation": "v1"}, now=NOW)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Event.objects.update(**fields)


def test_two_events_never_have_one_place(seller: Seller) -> None:
    for _ in range(2):
        record_event(seller=seller, kind=Event.Kind.VIOLATION_ISSUED, data={"violation": "v1"}, now=NOW)
    with pytest.raises(IntegrityError, match="event_one_a_place"), transaction.atomic():
        Event.objects.update(position=1)

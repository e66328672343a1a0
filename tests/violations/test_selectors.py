from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kit.dates import Week
from tests.factories import LONG_AGO, NOW, MarketFactory, PolicyFactory, SellerFactory, issue
from violations import selectors
from violations.models import Violation
from violations.presentation.standing import milestone_marks
from violations.services import void_violation

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> object:
    return SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO))


def test_standing_sums_what_counts_then(seller) -> None:
    issue(seller, PolicyFactory(points=4), now=NOW - timedelta(days=200))
    issue(seller, PolicyFactory(points=8), now=NOW - timedelta(days=10))
    totals = [
        selectors.get_standing(seller=seller, as_of=NOW - timedelta(days=days)).total for days in (300, 100, 15, 5)
    ]
    assert totals == [0, 4, 0, 8]


def test_milestone_marks_say_what_follows(seller) -> None:
    labels = [m.label for m in milestone_marks(selectors.get_standing(seller=seller, as_of=NOW).milestones)]
    assert labels == [
        "7 days without new listings and campaigns",
        "14 days without new listings and campaigns",
        "28 days without new listings and campaigns",
        "Deactivation",
    ]


def test_weeks_back_are_local_and_end_with_the_current_one(seller) -> None:
    weeks = [Week.parse(f"2026-W{number}") for number in (45, 46, 47)]
    assert selectors.weeks_back(3, seller=seller, now=NOW) == weeks
    sunday_evening = datetime(2026, 11, 16, 4, 59, tzinfo=UTC)  # Sunday 23:59 in New York
    assert selectors.weeks_back(1, seller=seller, now=sunday_evening) == weeks[1:2]


def test_points_come_from_policies_and_from_kinds_of_content(seller) -> None:
    claims, giveaways = PolicyFactory(name="Claims", points=4), PolicyFactory(name="Giveaways", points=3)
    issue(seller, claims, now=NOW - timedelta(days=200))
    for days in (30, 20):
        issue(seller, claims, now=NOW - timedelta(days=days))
    issue(seller, giveaways, now=NOW - timedelta(days=9), content=None)
    voided = issue(seller, PolicyFactory(name="Voided"), now=NOW - timedelta(days=8))
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=NOW - timedelta(days=7))
    found = selectors.points_by_origin(selectors.explain(seller=seller, as_of=NOW, now=NOW).counting)
    assert [(one.key, one.name, one.points) for one in found.by_policy] == [
        (claims.code, "Claims", 8),
        (giveaways.code, "Giveaways", 3),
    ]
    assert [(one.key, one.points) for one in found.by_content] == [("live", 8), ("none", 3)]


def test_entries_about_a_policy_and_a_kind_of_content(seller) -> None:
    policy = PolicyFactory()
    about_live, about_nothing = issue(seller, policy), issue(seller, policy, content=None)
    issue(SellerFactory(market=seller.market), policy)
    other = issue(seller, PolicyFactory())

    def found(**narrowed: str) -> set[int]:
        ledger = selectors.explain(seller=seller, as_of=NOW, now=NOW).facts.ledger
        return {entry.id for entry in selectors.entries_about(ledger, **{"policy": "", "content": ""} | narrowed)}

    def entries(*violations: Violation) -> set[int]:
        return {violation.entries.get().pk for violation in violations}

    assert found() == entries(about_live, about_nothing, other)
    assert found(policy=policy.code) == entries(about_live, about_nothing)
    assert found(content="live") == entries(about_live, other)
    assert found(content="none") == entries(about_nothing)
    assert found(policy=policy.code, content="live") == entries(about_live)

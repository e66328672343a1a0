from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kit.dates import Week
from tests.factories import LONG_AGO, NOW, MarketFactory, PolicyFactory, SellerFactory, issue
from violations import selectors
from violations.models import Violation
from violations.presentation.standing import milestone_marks

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


def test_weeks_are_local_and_empty_weeks_are_counted(seller) -> None:
    sunday_evening = datetime(2026, 11, 16, 4, 59, tzinfo=UTC)  # Sunday 23:59 in New York
    issue(seller, PolicyFactory(), now=sunday_evening)
    weeks = selectors.weeks_back(3, seller=seller, now=NOW)
    violations = Violation.objects.filter(seller=seller)
    counts = selectors.count_by_week(violations, seller=seller, weeks=weeks)
    assert counts == [(Week.parse("2026-W45"), 0), (Week.parse("2026-W46"), 1), (Week.parse("2026-W47"), 0)]

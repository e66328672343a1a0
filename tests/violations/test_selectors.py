from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sellers.rules import Week
from tests.factories import LONG_AGO, NOW, MarketFactory, PolicyFactory, SellerFactory, issue
from violations import selectors
from violations.models import Violation
from violations.services import credit_points

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller() -> object:
    return SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO))


def test_standing_sums_what_counts_then(seller) -> None:  # type: ignore[no-untyped-def]
    issue(seller, PolicyFactory(points=4), now=NOW - timedelta(days=200))
    issue(seller, PolicyFactory(points=8), now=NOW - timedelta(days=10))
    totals = [selectors.get_standing(seller=seller, at=NOW - timedelta(days=days)).total for days in (300, 100, 15, 5)]
    assert totals == [0, 4, 0, 8]


def test_track_labels_say_what_follows(seller) -> None:  # type: ignore[no-untyped-def]
    labels = [m.label for m in selectors.get_standing(seller=seller, at=NOW).track_milestones]
    assert labels == [
        "7 days without new listings and campaigns",
        "14 days without new listings and campaigns",
        "28 days without new listings and campaigns",
        "Deactivation",
    ]


def test_ledger_at_a_moment_does_not_know_later_entries(seller) -> None:  # type: ignore[no-untyped-def]
    violation = issue(seller, PolicyFactory(points=4), now=NOW - timedelta(days=10))
    credit_points(violation=violation, points=1, reason="Quiz passed", now=NOW)
    before = selectors.get_ledger(seller=seller, at=NOW - timedelta(days=1))
    assert (before.total, before.counts[selectors.LedgerShow.ALL]) == (4, 1)
    assert selectors.get_ledger(seller=seller, at=NOW).total == 3


def test_history_and_standing_agree_every_day(seller) -> None:  # type: ignore[no-untyped-def]
    for days in (100, 31, 30, 2):
        issue(seller, PolicyFactory(points=2), now=NOW - timedelta(days=days))
    start = selectors.history_start(seller=seller, now=NOW, days=40)
    spans = selectors.spans_of(seller=seller, since=start)
    history = selectors.points_history(seller=seller, spans=spans, now=NOW, days=40)
    assert [history[0][1], history[-1][1], len(history)] == [2, 8, 41]
    assert history[-1] == (date(2026, 11, 18), selectors.get_standing(seller=seller, at=NOW).total)


def test_weeks_are_local_and_empty_weeks_are_counted(seller) -> None:  # type: ignore[no-untyped-def]
    sunday_evening = datetime(2026, 11, 16, 4, 59, tzinfo=UTC)  # Sunday 23:59 in New York
    issue(seller, PolicyFactory(), now=sunday_evening)
    weeks = selectors.weeks_back(3, seller=seller, now=NOW)
    violations = Violation.objects.filter(seller=seller)
    counts = selectors.count_by_week(violations, seller=seller, weeks=weeks)
    assert counts == [(Week.parse("2026-W45"), 0), (Week.parse("2026-W46"), 1), (Week.parse("2026-W47"), 0)]

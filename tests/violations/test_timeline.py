from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sellers.models import Seller
from tests.credits import credit_points
from tests.factories import LONG_AGO, NOW, MarketFactory, PolicyFactory, SellerFactory, issue
from violations.models import EnforcementAction, Milestone
from violations.presentation.timeline import show_timeline
from violations.rules import PointsPeriod
from violations.selectors import Deadline, DeadlineKind, Timeline, explain, timeline_of
from violations.services import lift_action, void_violation
from violations.wording.timeline import how_the_total_changes

DAY = timedelta(days=1)


@pytest.fixture
def seller(db: None) -> Seller:
    return SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO))


def timeline(seller: Seller, *, days: int = 0, **beside: Any) -> Timeline:
    return timeline_of(explain(seller=seller, as_of=NOW + days * DAY, now=NOW), **beside)


def test_it_is_26_weeks_each_way_from_a_local_day_on(seller: Seller) -> None:
    found = timeline(seller)
    assert (found.since.isoformat(), found.until) == ("2026-05-20T04:00:00+00:00", NOW + 182 * DAY)


def test_it_reaches_the_moment_that_is_looked_at(seller: Seller) -> None:
    assert timeline(seller, days=300).until == NOW + 300 * DAY
    assert timeline(seller, days=-300).since.isoformat() == "2025-07-24T04:00:00+00:00"


def test_a_plan_is_what_would_be_left_with_its_credits(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=4), now=NOW - 80 * DAY)
    expiry = violation.entries.get().expires_at
    plan = [PointsPeriod(-1, NOW + day * DAY, expiry) for day in (0, 10)]
    found = timeline(seller, plan=plan)
    assert [(change.at, change.total) for change in found.changes] == [(NOW - 80 * DAY, 4), (expiry, 0)]
    assert [(change.at, change.total) for change in found.planned or []] == [
        (NOW, 3),
        (NOW + 10 * DAY, 2),
        (expiry, 0),
    ]
    assert how_the_total_changes(found).endswith(
        "If nothing is added, it falls to 0 by 26 Feb 2027, in 1 step. "
        "With this plan it falls to 0 by 26 Feb 2027, in 3 steps."
    )
    rows = [(row.labels, row.change, row.total, row.planned) for row in show_timeline(found).rows]
    assert rows == [
        (["The chart begins"], 0, 0, None),
        (["Points assessed"], 4, 4, None),
        (["Points taken off as planned"], 0, 4, 3),
        (["Points taken off as planned"], 0, 4, 2),
        (["Points expire"], -4, 0, 0),
    ]


def test_without_points_nothing_will_expire(seller: Seller) -> None:
    assert how_the_total_changes(timeline(seller)) == "No points counted. Nothing will expire."


def reached_12(seller: Seller, *, days: int, lifted: int | None = None) -> EnforcementAction:
    """The action that 12 more points led to some days ago; lifted after that, perhaps."""
    action = issue(seller, PolicyFactory(points=12), now=NOW - days * DAY).actions.get()
    if lifted is not None:
        lift_action(action=action, reason="A mistake.", lifted_by=None, now=NOW - lifted * DAY)
    return action


def test_actions_that_took_effect_within_it_are_shown(seller: Seller) -> None:
    Milestone.objects.filter(market=seller.market).update(notice_days=3)
    reached_12(seller, days=400, lifted=399)
    ended = reached_12(seller, days=160)
    lifted = reached_12(seller, days=20, lifted=10)
    announced = reached_12(seller, days=1)
    found = show_timeline(timeline(seller))
    assert [(span.label, span.start, span.end) for span in found.spans] == [
        ("Restriction at 12 points", ended.starts_at, ended.ends_at),
        ("Restriction at 24 points", lifted.starts_at, NOW - 10 * DAY),
        ("Restriction at 36 points", announced.starts_at, NOW + 30 * DAY),
    ]
    labels = [label for row in found.rows for label in row.labels]
    assert [label for label in labels if "Restriction" in label] == [
        "Restriction at 12 points starts",
        "Restriction at 12 points ends",
        "Restriction at 24 points starts",
        "Restriction at 24 points is lifted",
        "Restriction at 36 points starts",
        "Restriction at 36 points ends",
    ]


def test_an_action_without_an_end_reaches_to_the_end(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=50), now=NOW - DAY)
    last = show_timeline(timeline(seller)).spans[-1]
    assert (last.label, last.end) == ("Deactivation at 48 points", None)


def test_deadlines_to_come_are_marked_in_their_order(seller: Seller) -> None:
    deadlines = [
        Deadline(NOW + 9 * DAY, DeadlineKind.APPEAL, "Giveaways"),
        Deadline(NOW + 2 * DAY, DeadlineKind.QUIZ, "Claims"),
        Deadline(NOW, DeadlineKind.QUIZ, "Over"),
        Deadline(NOW + 200 * DAY, DeadlineKind.QUIZ, "Far"),
    ]
    found = show_timeline(timeline(seller, deadlines=deadlines))
    words = ["Time for the quiz “Claims” ends", "Time to appeal “Giveaways” ends"]
    assert [moment.label for moment in found.moments] == words
    assert [row.labels for row in found.rows[1:]] == [[word] for word in words]


def test_points_that_were_taken_off_whole_have_no_expiry(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=4), now=NOW - 80 * DAY)
    credit_points(violation=violation, points=1, reason="Quiz passed", now=NOW - 70 * DAY)
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=NOW - 60 * DAY)
    rows = [(row.labels, row.change, row.total) for row in show_timeline(timeline(seller)).rows]
    assert rows[1:] == [(["Points assessed"], 4, 4), (["Points taken off"], -1, 3), (["Points taken off"], -3, 0)]


def test_points_that_were_over_when_they_were_told_are_in_no_row(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=4), issued_at=NOW - 200 * DAY, now=NOW - DAY)
    assert [row.labels for row in show_timeline(timeline(seller)).rows] == [["The chart begins"]]


def test_every_row_opens_into_the_ledger_of_its_moment(seller: Seller) -> None:
    issue(seller, PolicyFactory(points=4), now=NOW - 80 * DAY)
    row = show_timeline(timeline(seller)).rows[1]
    assert row.href == f"/s/{seller.pk}/ledger/?as_of=2026-08-30T08%3A00%3A00-04%3A00"


def test_with_points_that_never_fall_within_sight_nothing_is_said_of_expiry(seller: Seller) -> None:
    """Points that count now and whose expiry is not among the changes: there is nothing true to say of it."""
    issue(seller, PolicyFactory(points=3), now=NOW - timedelta(days=3))
    seen = timeline(seller)
    past = replace(seen, changes=[change for change in seen.changes if change.at <= NOW])
    assert how_the_total_changes(past).count(".") == 1
    assert "expire" not in how_the_total_changes(past)

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from violations import rules
from violations.rules import StandingLevel

LATE = datetime(2027, 1, 1, tzinfo=UTC)
TOTALS = st.integers(0, 60)
THRESHOLDS = st.lists(st.integers(1, 60), unique=True)


@given(before=TOTALS, steps=st.lists(st.integers(1, 20)), thresholds=THRESHOLDS)
def test_reaching_in_steps_reaches_what_one_step_reaches(before: int, steps: list[int], thresholds: list[int]) -> None:
    reached, total = [], before
    for step in steps:
        reached += rules.reached(before=total, after=total + step, thresholds=thresholds)
        total += step
    assert reached == rules.reached(before=before, after=total, thresholds=thresholds)


def test_reached_from_below_to_at_or_above() -> None:
    assert rules.reached(before=11, after=12, thresholds=[12, 24]) == [12]
    assert rules.reached(before=12, after=20, thresholds=[12, 24]) == []
    assert rules.reached(before=0, after=30, thresholds=[24, 12]) == [12, 24]
    assert rules.reached(before=12, after=11, thresholds=[12, 24]) == []


def test_stands_above_at_or_above_any() -> None:
    assert rules.is_at_or_above_any(12, [24, 12])
    assert not rules.is_at_or_above_any(11, [24, 12])
    assert not rules.is_at_or_above_any(11, [])


@given(total=TOTALS, thresholds=THRESHOLDS)
def test_next_threshold_is_the_first_above(total: int, thresholds: list[int]) -> None:
    upcoming = rules.next_threshold(total, thresholds)
    above = [threshold for threshold in thresholds if threshold > total]
    assert upcoming == (min(above) if above else None)


def test_approaches_within_the_given_points() -> None:
    assert rules.approaches(7, 12, within=5)
    assert rules.approaches(1, 3, within=5)
    assert not rules.approaches(6, 12, within=5)
    assert not rules.approaches(12, 12, within=5)
    assert not rules.approaches(0, 3, within=5)
    assert not rules.approaches(50, None, within=5)


def test_band_is_the_worst_of_what_is_in_force() -> None:
    def level(*actions: str, approaching: bool = False, reached: bool = False) -> StandingLevel:
        return rules.standing_level(approaching=approaching, reached=reached, actions_in_force=actions)

    assert level() is StandingLevel.GOOD
    assert level(approaching=True) is StandingLevel.AT_RISK
    assert level(reached=True) is StandingLevel.AT_RISK
    assert level("warning") is StandingLevel.AT_RISK
    assert level("warning", "restriction", approaching=True) is StandingLevel.RESTRICTED
    assert level("deactivation", "suspension") is StandingLevel.DEACTIVATED


@given(total=TOTALS, thresholds=THRESHOLDS)
def test_milestone_progress_is_ordered_done_next_ahead(total: int, thresholds: list[int]) -> None:
    steps = rules.milestone_progress(total, thresholds)
    order = [["done", "next", "ahead"].index(step.state) for step in steps]
    assert [step.points for step in steps] == sorted(thresholds)
    assert order == sorted(order)
    assert [step.state for step in steps].count("next") == (1 if any(t > total for t in thresholds) else 0)
    assert all(step.distance == max(step.points - total, 0) for step in steps)


def test_total_after_sums_the_periods_that_hold_the_moment() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    periods = [
        rules.PointsPeriod(3, start, start + timedelta(days=2)),
        rules.PointsPeriod(2, start + timedelta(days=1), LATE),
    ]
    moments = [start - timedelta(days=1), start, start + timedelta(days=1), start + timedelta(days=2), LATE]
    assert [rules.total_after(rules.total_changes(periods), moment) for moment in moments] == [0, 3, 5, 2, 0]


def test_expiries_are_told_by_local_day_with_what_each_takes_off() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    evening, night = datetime(2026, 12, 2, 4, tzinfo=UTC), datetime(2026, 12, 2, 6, tzinfo=UTC)  # the 1st and 2nd there
    periods = [
        rules.PointsPeriod(3, start, evening),
        rules.PointsPeriod(2, start, night),
        rules.PointsPeriod(-1, start, night),
    ]
    found = rules.upcoming_expiries(periods, now=start, zone=ZoneInfo("America/New_York"))
    assert [(one.day.day, one.change, one.total) for one in found] == [(1, -3, 1), (2, -1, 0)]


def period(start: int, end: int, points: int) -> rules.PointsPeriod:
    """Points that count from one hour of 2027 to another."""
    return rules.PointsPeriod(points, LATE + timedelta(hours=start), LATE + timedelta(hours=end))


def test_total_changes_name_each_moment_that_changes_the_total() -> None:
    periods = [period(0, 3, 2), period(1, 3, 4), period(1, 1, 9), period(3, 5, 6), period(2, 5, -1), period(2, 4, 1)]
    changes = [
        ((change.at - LATE) / timedelta(hours=1), change.points, change.total)
        for change in rules.total_changes(periods)
    ]
    assert changes == [(0, 2, 2), (1, 4, 6), (4, -1, 5), (5, -5, 0)]


def test_expiries_are_by_local_day_of_what_counts_now() -> None:
    now = LATE + timedelta(hours=10)
    counting = [period(0, 40, 3), period(10, 36, 2), period(0, 70, 4), period(0, 130, 1), period(1, 131, -1)]
    periods = [*counting, period(0, 10, 50), period(11, 50, 60)]
    assert [
        (each.day.day, each.at, each.change, each.total)
        for each in rules.upcoming_expiries(periods, now=now, zone=ZoneInfo("UTC"))
    ] == [(2, LATE + timedelta(hours=36), -5, 4), (3, LATE + timedelta(hours=70), -4, 0)]

"""The plan's choice of passes, held against every choice that the limits allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.plan.optimiser import best_passes, earliest_below
from quizzes.plan.rules import Limits, Option, Pass, Plan, Prospect, RewardMonth, keep
from violations.rules import (
    PointsPeriod,
    StandingLevel,
    approaches,
    good_standing_below,
    is_at_or_above_any,
    next_threshold,
    standing_level,
)

THIS, NEXT = RewardMonth.THIS, RewardMonth.NEXT
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, 5, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, 5, tzinfo=UTC)


def day(number: int) -> datetime:
    return NOW + timedelta(days=number)


def option(
    violation_id: int,
    *,
    quiz_id: int = 1,
    left: int = 1,
    gain: int = 1,
    closes_at: datetime = JANUARY,
    until: int = 150,
) -> Option:
    return Option(violation_id, quiz_id, left, gain, closes_at, day(until))


def limits(this: int = 3, following: int = 3, *, attempts: int = 3, quizzes: Sequence[int] = (1, 2, 3, 4)) -> Limits:
    by_quiz = {(quiz_id, month): attempts for quiz_id in quizzes for month in RewardMonth}
    return Limits(NOW, DECEMBER, {THIS: this, NEXT: following}, by_quiz)


def prospect(options: Sequence[Option], *others: tuple[int, int], thresholds: Sequence[int] = (12, 24)) -> Prospect:
    """What the options have left, and other (points, days that they count)."""
    periods = [PointsPeriod(one.points_left, day(-20), one.expires_at) for one in options]
    periods += [PointsPeriod(points, day(-20), day(until)) for points, until in others]
    return Prospect(NOW, periods, thresholds, 5)


def made(passes: Sequence[Pass]) -> list[tuple[int, RewardMonth, int]]:
    return [(one.option.violation_id, one.month, one.points) for one in passes]


# --- Against every choice


class Case(NamedTuple):
    options: list[Option]
    limits: Limits
    prospect: Prospect


Count = tuple[int, int]
"""The passes of one violation, in this month and in the next."""


@st.composite
def cases(draw: st.DrawFn, *, pass_points: Sequence[int] = (1, 2)) -> Case:
    """Up to four violations of two quizzes: some points end before the next month, some windows with this one."""
    points = {quiz_id: draw(st.sampled_from(pass_points)) for quiz_id in (1, 2)}
    quizzes = draw(st.lists(st.sampled_from([1, 2]), min_size=1, max_size=4))
    options = [
        Option(
            violation_id,
            quiz_id,
            draw(st.integers(1, 3)),
            points[quiz_id],
            draw(st.sampled_from([DECEMBER, JANUARY])),
            draw(st.sampled_from([day(1), day(2), DECEMBER, day(10), day(20), day(30)])),
            is_begun=draw(st.booleans()),
        )
        for violation_id, quiz_id in enumerate(quizzes)
    ]
    numbers = st.integers(0, 2)
    attempts = {(quiz_id, month): draw(numbers) for quiz_id in (1, 2) for month in RewardMonth}
    rewards = {month: draw(numbers) for month in RewardMonth}
    others = draw(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([1, 5, 10, 25, 40])), max_size=3))
    thresholds = draw(st.sampled_from([(3,), (2, 4), (4, 6, 9), (1,)]))
    within = draw(st.integers(0, 3))
    found = prospect(options, *others)
    return Case(options, Limits(NOW, DECEMBER, rewards, attempts), Prospect(NOW, found.periods, thresholds, within))


def every_choice(case: Case) -> Iterator[list[Pass]]:
    """All passes that the rules of quizzes allow, written down as they are said."""
    for counts in product(*(_counts_of(one, case.limits) for one in case.options)):
        if _is_within(case, counts):
            yield [made for one, count in zip(case.options, counts, strict=True) for made in _made(one, count, case)]


def _counts_of(one: Option, limits: Limits) -> list[Count]:
    enough = -(-one.points_left // one.pass_points)
    later = one.closes_at > DECEMBER and one.expires_at > DECEMBER
    return [(this, then) for this in range(enough + 1) for then in range(enough + 1 - this) if later or not then]


def _is_within(case: Case, counts: Sequence[Count]) -> bool:
    for place, month in enumerate(RewardMonth):
        if sum(count[place] for count in counts) > case.limits.rewards[month]:
            return False
        for quiz_id in (1, 2):
            own = [count[place] for one, count in zip(case.options, counts, strict=True) if one.quiz_id == quiz_id]
            if sum(own) > case.limits.attempts[quiz_id, month]:
                return False
    return True


def _made(one: Option, count: Count, case: Case) -> Iterator[Pass]:
    left = one.points_left
    for number, month in enumerate([THIS] * count[0] + [NEXT] * count[1], start=1):
        points = min(one.pass_points, left)
        left -= points
        until = min(one.closes_at, one.expires_at)
        yield Pass(one, number, month, NOW if month is THIS else DECEMBER, until, points)


def below_from(case: Case, passes: Sequence[Pass], line: int) -> datetime:
    """From when the total stays below a line, looked at day by day and month by month."""
    periods = [*case.prospect.periods, *(PointsPeriod(-one.points, one.at, one.option.expires_at) for one in passes)]
    moments = sorted({NOW, DECEMBER, *(period.end for period in periods)})
    totals = [sum(one.points for one in periods if one.start <= moment < one.end) for moment in moments]
    first = next(place for place in range(len(moments)) if all(total < line for total in totals[place:]))
    return moments[first]


def off_at(passes: Sequence[Pass], moment: datetime) -> int:
    return sum(one.points for one in passes if one.at <= moment < one.option.expires_at)


@settings(max_examples=300)
@given(case=cases())
def test_no_choice_within_the_limits_brings_the_total_below_a_line_earlier(case: Case) -> None:
    choices = list(every_choice(case))
    for line in (1, 2, 3, 5, 8):
        earliest = earliest_below(line, options=case.options, limits=case.limits, prospect=case.prospect)
        assert earliest == min(below_from(case, choice, line) for choice in choices)


@settings(max_examples=300)
@given(case=cases())
def test_plan_brings_good_standing_as_early_as_any_choice_then_each_milestone(case: Case) -> None:
    """The most points off when each line can be reached, the lowest first, then the most points at all."""
    planned = best_passes(case.options, limits=case.limits, prospect=case.prospect)
    choices = list(every_choice(case))
    dates = [min(below_from(case, choice, line) for choice in choices) for line in case.prospect.lines]

    def brought(choice: Sequence[Pass]) -> list[int]:
        return [*(off_at(choice, date) for date in dates), sum(one.points for one in choice)]

    assert brought(planned) == max(brought(choice) for choice in choices)
    if case.prospect.lines:
        assert below_from(case, planned, case.prospect.lines[0]) == dates[0]


@settings(max_examples=300)
@given(case=cases(pass_points=[1]))
def test_where_passes_take_off_the_same_one_plan_reaches_every_line_as_early_as_any(case: Case) -> None:
    planned = best_passes(case.options, limits=case.limits, prospect=case.prospect)
    choices = list(every_choice(case))
    for line in case.prospect.lines:
        assert below_from(case, planned, line) == min(below_from(case, choice, line) for choice in choices)


@given(case=cases())
def test_plan_is_one_of_the_choices_that_the_rules_allow(case: Case) -> None:
    planned = best_passes(case.options, limits=case.limits, prospect=case.prospect)
    assert _counted(planned) in [_counted(choice) for choice in every_choice(case)]


@given(case=cases())
def test_what_can_wait_can_be_done_next_month_all_together(case: Case) -> None:
    """And what cannot wait could not be done next month even alone, beside the others that wait."""
    planned = best_passes(case.options, limits=case.limits, prospect=case.prospect)
    choices = [_counted(choice) for choice in every_choice(case)]
    wait = [one for one in planned if one.month is THIS and one.until > DECEMBER]
    moved = [_next_month(one) if one in wait else one for one in planned]
    assert _counted(moved) in choices
    for one in planned:
        assert one.at < one.until <= one.option.ends_at
        if one.month is THIS and one not in wait:
            assert one.until == min(one.option.ends_at, DECEMBER)
            assert _counted([_next_month(one) if other is one else other for other in moved]) not in choices


def _next_month(one: Pass) -> Pass:
    return replace(one, month=NEXT, at=DECEMBER)


def _counted(passes: Sequence[Pass]) -> Counter[tuple[int, RewardMonth]]:
    return Counter((one.option.violation_id, one.month) for one in passes)


# --- Good standing


@given(total=st.integers(0, 60), thresholds=st.lists(st.integers(1, 60), max_size=4), within=st.integers(0, 8))
def test_standing_is_good_below_its_line_alone(total: int, thresholds: list[int], within: int) -> None:
    below = good_standing_below(thresholds, within=within)
    is_good = below is None or total < below
    assert is_good is (_level(total, thresholds, within) is StandingLevel.GOOD)


def _level(total: int, thresholds: Sequence[int], within: int, *, actions: Sequence[str] = ()) -> StandingLevel:
    near = approaches(total, next_threshold(total, thresholds), within=within)
    reached = is_at_or_above_any(total, thresholds)
    return standing_level(approaching=near, reached=reached, actions_in_force=actions)


@given(case=cases(), ends=st.lists(st.sampled_from([day(3), DECEMBER, day(15), None]), max_size=2))
def test_good_standing_is_from_when_no_action_and_no_milestone_keep_it_away(
    case: Case, ends: list[datetime | None]
) -> None:
    passes = best_passes(case.options, limits=case.limits, prospect=case.prospect)
    goals = {goal.milestone: goal for goal in Plan(case.prospect, passes, passes, ends).goals}
    without, planned = _good_from(case.prospect, ends), _good_from(case.prospect.with_passes(passes), ends)
    if without == NOW:
        assert None not in goals
    else:
        assert (goals[None].without, goals[None].planned) == (without, planned)
    for milestone in case.prospect.thresholds:
        if case.prospect.total_at(NOW) >= milestone:
            assert goals[milestone].without == below_from(case, [], milestone)
            assert goals[milestone].planned == below_from(case, passes, milestone)


def _good_from(found: Prospect, ends: Sequence[datetime | None]) -> datetime | None:
    """From when the standing in a word stays good, looked at whenever something changes."""
    moments = sorted({NOW, DECEMBER, *(period.end for period in found.periods), *filter(None, ends)})
    good = []
    for moment in moments:
        actions = ["restriction" for end in ends if end is None or moment < end]
        level = _level(found.total_at(moment), found.thresholds, found.approach_points, actions=actions)
        good.append(level is StandingLevel.GOOD)
    return next((moment for place, moment in enumerate(moments) if all(good[place:])), None)


@given(case=cases())
def test_no_pass_that_a_goal_needs_can_be_left_out(case: Case) -> None:
    passes = best_passes(case.options, limits=case.limits, prospect=case.prospect)
    plan = Plan(case.prospect, passes, passes)
    for goal in plan.goals:
        needed = plan.needed(goal)
        assert bool(needed) is goal.is_sooner
        for one in needed:
            fewer = [other for other in needed if other is not one]
            line = goal.milestone or case.prospect.good_below or 0
            assert below_from(case, fewer, line) > (goal.planned or NOW)


# --- Examples


def test_passes_go_to_the_points_that_would_keep_good_standing_away_longest() -> None:
    """Of 9 points 2 end in ten days: passes of that violation would bring nothing that waiting does not."""
    options = [option(1, quiz_id=1, left=2, until=10), option(2, quiz_id=2, left=7, until=150)]
    found = prospect(options)
    passes = best_passes(options, limits=limits(1, 0), prospect=found)
    assert made(passes) == [(2, THIS, 1)]
    plan = Plan(found, passes, passes)
    (goal,) = plan.goals
    assert (goal.milestone, goal.without, goal.planned) == (None, day(150), day(10))
    assert plan.needed(goal) == passes


def test_one_violation_can_take_every_pass_that_is_rewarded() -> None:
    options = [option(1, left=4)]
    passes = best_passes(options, limits=limits(1, 3), prospect=prospect(options))
    assert made(passes) == [(1, THIS, 1), (1, NEXT, 1), (1, NEXT, 1), (1, NEXT, 1)]
    assert [one.key for one in passes] == ["1-1", "1-2", "1-3", "1-4"]
    assert [one.credit for one in passes][:2] == [
        PointsPeriod(-1, NOW, day(150)),
        PointsPeriod(-1, DECEMBER, day(150)),
    ]


def test_what_the_limits_exclude_is_not_planned() -> None:
    options = [option(pk, quiz_id=pk, left=2) for pk in (1, 2, 3, 4)]
    assert len(best_passes(options, limits=limits(1, 1), prospect=prospect(options))) == 2
    assert best_passes(options, limits=limits(0, 0), prospect=prospect(options)) == ()
    assert best_passes(options, limits=limits(attempts=0), prospect=prospect(options)) == ()
    assert best_passes([], limits=limits(), prospect=prospect([])) == ()


def test_where_nothing_else_differs_many_violations_come_before_one_and_what_closes_now_first() -> None:
    options = [option(1, left=3), option(2, quiz_id=2), option(3, quiz_id=3, closes_at=DECEMBER)]
    found = prospect(options, thresholds=[])
    assert made(best_passes(options, limits=limits(2, 0), prospect=found)) == [(3, THIS, 1), (1, THIS, 1)]
    assert made(best_passes(options, limits=limits(2, 1), prospect=found)) == [
        (3, THIS, 1), (1, THIS, 1), (2, NEXT, 1),
    ]  # fmt: skip


def test_what_was_begun_comes_first_where_it_brings_as_much() -> None:
    begun = Option(2, 2, 1, 1, JANUARY, day(150), is_begun=True)
    options = [option(1, closes_at=DECEMBER), begun]
    assert made(best_passes(options, limits=limits(1, 0), prospect=prospect(options))) == [(2, THIS, 1)]


def test_what_lasts_longer_comes_first_where_nothing_is_to_be_reached() -> None:
    options = [option(1, until=5), option(2, quiz_id=2, until=150)]
    assert made(best_passes(options, limits=limits(1, 0), prospect=prospect(options))) == [(2, THIS, 1)]


def test_a_pass_takes_off_no_more_than_is_left() -> None:
    options = [option(1, left=3, gain=2)]
    assert made(best_passes(options, limits=limits(1, 3), prospect=prospect(options))) == [(1, THIS, 2), (1, NEXT, 1)]
    assert [options[0].gain(number) for number in (1, 2, 3)] == [2, 1, 0]


def test_the_steps_that_a_seller_keeps_take_off_what_they_do_without_the_others() -> None:
    options = [option(1, left=3, gain=2)]
    found = prospect(options, (4, 100), thresholds=[7])
    passes = best_passes(options, limits=limits(1, 3), prospect=found)
    kept = keep(Plan(found, passes, passes), keys={"1-2", "7-1"})
    assert [(one.key, one.points) for one in kept.kept] == [("1-2", 2)]
    assert (kept.passes, kept.total, kept.credits) == (passes, 5, (PointsPeriod(-2, DECEMBER, day(150)),))
    assert [(goal.milestone, goal.planned) for goal in kept.goals] == [(None, day(100)), (7, DECEMBER)]
    assert keep(kept, keys=()).total == 7


def test_an_action_that_stands_until_it_is_lifted_leaves_no_date() -> None:
    found = prospect([option(1, left=13)])
    goals = Plan(found, ends=[day(3), None]).goals
    assert [(goal.milestone, goal.without) for goal in goals] == [(None, None), (12, day(150))]


def test_an_action_outlasts_the_points() -> None:
    found = prospect([option(1, left=13, until=5)])
    assert [goal.without for goal in Plan(found, ends=[day(9)]).goals] == [day(9), day(5)]
    assert [goal.without for goal in Plan(prospect([]), ends=[day(9)]).goals] == [day(9)]


def test_good_standing_is_no_goal_while_it_is_there() -> None:
    assert Plan(prospect([option(1, left=3)])).goals == []
    assert Plan(prospect([option(1, left=30)], thresholds=[])).goals == []


def test_lines_are_what_the_total_has_to_get_below_the_lowest_first() -> None:
    assert prospect([option(1, left=30)], thresholds=[36, 24, 12]).lines == [7, 12, 24]
    assert prospect([option(1, left=7)]).lines == [7]
    assert prospect([option(1, left=6)]).lines == []
    assert prospect([]).total_at(NOW) == 0


def test_goals_are_good_standing_and_then_the_milestones_reached_the_lowest_first() -> None:
    goals = Plan(prospect([option(1, left=30)], thresholds=[36, 24, 12])).goals
    assert [goal.milestone for goal in goals] == [None, 12, 24]


def test_total_of_a_plan_is_what_is_left_after_its_last_pass() -> None:
    options = [option(1, left=4)]
    found = prospect(options)
    passes = best_passes(options, limits=limits(1, 2), prospect=found)
    assert Plan(found, passes, passes).total == 1


def test_passes_that_can_be_left_out_are_the_last() -> None:
    options = [option(1, left=8)]
    found = prospect(options)
    passes = best_passes(options, limits=limits(3, 1), prospect=found)
    plan = Plan(found, passes, passes)
    assert [one.key for one in plan.needed(plan.goals[0])] == ["1-1", "1-2"]


def test_points_of_next_months_passes_do_not_count_before_it() -> None:
    options = [option(1, left=8)]
    earliest = earliest_below(6, options=options, limits=limits(2, 2), prospect=prospect(options))
    assert earliest == DECEMBER

"""What a plan says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from quizzes.plan.optimiser import best_passes
from quizzes.plan.presentation import PlanEnd, show_plan
from quizzes.plan.rules import Option, Plan, keep
from quizzes.plan.wording import group_title, plan_sentences

from .test_rules import DECEMBER, NOW, day, limits, option, prospect

UTC = ZoneInfo("UTC")


def planned(
    options: Sequence[Option],
    *others: tuple[int, int],
    ends: Sequence[datetime | None] = (),
    this: int = 3,
    following: int = 3,
    thresholds: Sequence[int] = (12, 24),
) -> Plan:
    found = prospect(options, *others, thresholds=thresholds)
    passes = best_passes(options, limits=limits(this, following), prospect=found)
    return Plan(found, passes, passes, ends)


def said(plan: Plan) -> list[str]:
    return plan_sentences(plan, zone=UTC)


def test_the_date_with_nothing_done_stands_beside_the_date_with_quizzes() -> None:
    plan = planned([option(1, left=5)], (2, 10), (2, 120), this=2, following=0)
    assert said(plan) == ["Do nothing: good standing on 28 Mar 2027. With 1 quiz: 8 Dec 2026."]
    assert show_plan(plan, [], zone=UTC).end == PlanEnd("Good standing", "8 Dec 2026", "2 points expire by themselves.")


def test_what_quizzes_bring_now_is_at_once() -> None:
    plan = planned([option(1, left=5)], (4, 120), this=3, following=0)
    assert said(plan) == ["Do nothing: good standing on 28 Mar 2027. With 3 quizzes: at once."]
    assert show_plan(plan, [], zone=UTC).end is None


def test_as_few_quizzes_as_are_needed_are_counted() -> None:
    plan = planned([option(1, left=7)], this=3, following=3)
    assert said(plan) == ["Do nothing: good standing on 27 Apr 2027. With 1 quiz: at once."]


def test_steps_that_are_left_out_bring_nothing() -> None:
    plan = keep(planned([option(1, left=8)], this=1, following=1), keys=["1-1"])
    assert said(plan) == ["Good standing on 27 Apr 2027, with these quizzes or without."]
    assert said(keep(plan, keys=[])) == ["Do nothing: good standing on 27 Apr 2027."]


def test_an_action_that_outlasts_the_points_is_named() -> None:
    plan = planned([option(1, left=6)], ends=[day(9)])
    assert said(plan) == ["Good standing on 7 Dec 2026, when the action ends. Quizzes do not end it sooner."]
    end = show_plan(plan, [], zone=UTC).end
    assert end == PlanEnd("Good standing", "7 Dec 2026", "The action ends by itself.")


def test_each_milestone_left_behind_sooner_is_said() -> None:
    plan = planned([option(1, left=14)], (3, 10), ends=[None], this=3, following=0)
    assert said(plan) == [
        "There is no good standing until the action without an end is lifted. Points do not end it.",
        "Do nothing: below 12 points on 27 Apr 2027. With 3 quizzes: 8 Dec 2026.",
    ]
    end = show_plan(plan, [], zone=UTC).end
    assert end == PlanEnd("Below 12 points", "8 Dec 2026", "3 points expire by themselves.")


def test_a_date_that_a_quiz_of_the_next_month_brings_has_nothing_that_comes_by_itself() -> None:
    plan = planned([option(1, left=8)], this=1, following=1)
    assert said(plan) == ["Do nothing: good standing on 27 Apr 2027. With 2 quizzes: 1 Dec 2026."]
    assert show_plan(plan, [], zone=UTC).end == PlanEnd("Good standing", "1 Dec 2026", "")


def test_in_good_standing_the_fall_of_the_total_is_said() -> None:
    plan = planned([option(1, left=2)], (3, 50), this=1, following=0)
    assert said(plan) == ["You are in good standing. With 1 quiz your total falls from 5 to 4."]
    assert said(keep(plan, keys=[])) == ["You are in good standing: nothing has to be done."]
    assert show_plan(plan, [], zone=UTC).end is None


@pytest.mark.parametrize(
    ("opens_at", "title"), [(None, "Now"), (DECEMBER, "From 1 Dec 2026, when quizzes are counted anew")]
)
def test_groups_say_from_when_their_steps_can_be_done(opens_at: datetime | None, title: str) -> None:
    assert group_title(opens_at, zone=UTC) == title
    assert NOW < DECEMBER

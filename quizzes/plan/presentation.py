"""How a plan is shown: its sentences, a row with a check box for each step, and where it ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from zoneinfo import ZoneInfo

from kit.formatting import day_words

from ..next_steps import NextStep
from ..presentation import ShownStep, show_step
from ..wording import open_longer, step_line
from . import wording
from .rules import Goal, Plan


@dataclass(frozen=True)
class PlanRow:
    """A step of a plan with its check box: ``key`` is its value, and ``left`` what its violation has left.

    ``open_longer`` says when its quiz closes, where that is later than the plan counts on.
    """

    step: ShownStep
    line: str
    key: str
    left: str
    open_longer: str
    is_kept: bool


@dataclass(frozen=True)
class PlanGroup:
    """The steps that can be done from one moment on; the title is empty if that is now for all of a plan."""

    title: str
    rows: Sequence[PlanRow]


@dataclass(frozen=True)
class PlanEnd:
    """What a plan leads to, and on which day; ``why`` says what happens by itself then, if anything does."""

    title: str
    day: str
    why: str


@dataclass(frozen=True)
class ShownPlan:
    """A plan in the order in which it is read; its groups are empty if no quiz brings anything."""

    sentence: str
    more: Sequence[str]
    groups: Sequence[PlanGroup]
    end: PlanEnd | None


def show_plan(plan: Plan, steps: Sequence[NextStep], *, zone: ZoneInfo, acts: bool = True) -> ShownPlan:
    """A plan with its steps, which are those of its passes, in their order; days are those of ``zone``."""
    first, *more = wording.plan_sentences(plan, zone=zone)
    kept = {one.key for one in plan.kept}
    groups = [
        PlanGroup(
            title=wording.group_title(opens_at, zone=zone) if _has_later(plan) else "",
            rows=[_row(step, kept=kept, zone=zone, acts=acts) for step in own],
        )
        for opens_at, own in groupby(steps, key=lambda step: step.opens_at)
    ]
    return ShownPlan(first, more, groups, _end(plan, zone=zone))


def _has_later(plan: Plan) -> bool:
    """Whether some steps cannot be done yet."""
    return any(one.at > plan.prospect.now for one in plan.passes)


def _row(step: NextStep, *, kept: Collection[str], zone: ZoneInfo, acts: bool) -> PlanRow:
    """The line of a step without its start, which stands above its group."""
    key = step.planned.key if step.planned else ""
    return PlanRow(
        step=show_step(step, zone=zone, acts=acts),
        line=step_line(replace(step, opens_at=None), zone=zone),
        key=key,
        left=wording.what_is_left(step.target) if step.target else "",
        open_longer=open_longer(step),
        is_kept=key in kept,
    )


def _end(plan: Plan, *, zone: ZoneInfo) -> PlanEnd | None:
    """Where the plan leads that is still ahead: good standing, or else the first milestone left behind."""
    goal = next((goal for goal in plan.goals if _is_ahead(plan, goal)), None)
    if goal is None or goal.planned is None:
        return None
    return PlanEnd(wording.goal_words(goal), day_words(goal.planned, zone=zone), wording.the_end(plan, goal))


def _is_ahead(plan: Plan, goal: Goal) -> bool:
    return goal.planned is not None and goal.planned > plan.prospect.now

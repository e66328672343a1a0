"""What people read of a plan: when good standing comes, with nothing done and with the steps that a seller keeps."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import day_words

from ..selectors import EligibleViolation
from .rules import Goal, Plan


def plan_sentences(plan: Plan, *, zone: ZoneInfo) -> list[str]:
    """When good standing comes, then each milestone that the plan leaves behind sooner."""
    if not plan.goals:
        return [_good_standing_now(plan)]
    return [_goal(plan, goal, zone=zone) for goal in plan.goals if goal.milestone is None or goal.is_sooner]


def _good_standing_now(plan: Plan) -> str:
    if not plan.kept:
        return _("You are in good standing: nothing has to be done.")
    said = ngettext(
        "You are in good standing. With %(count)s quiz your total falls from %(total)s to %(left)s.",
        "You are in good standing. With %(count)s quizzes your total falls from %(total)s to %(left)s.",
        len(plan.kept),
    )
    total = plan.prospect.total_at(plan.prospect.now)
    return said % {"count": len(plan.kept), "total": total, "left": plan.total}


def _goal(plan: Plan, goal: Goal, *, zone: ZoneInfo) -> str:
    if goal.without is None or goal.planned is None:
        return _("There is no good standing until the action without an end is lifted. Points do not end it.")
    if not goal.is_sooner:
        return _not_sooner(plan, goal.without, zone=zone)
    return f"{_do_nothing(goal, goal.without, zone=zone)} {_with_quizzes(plan, goal, goal.planned, zone=zone)}"


def _not_sooner(plan: Plan, day: datetime, *, zone: ZoneInfo) -> str:
    """Good standing that quizzes do not bring forward."""
    if not plan.kept:
        said = _("Do nothing: good standing on %(day)s.")
    elif day in plan.ends:
        said = _("Good standing on %(day)s, when the action ends. Quizzes do not end it sooner.")
    else:
        said = _("Good standing on %(day)s, with these quizzes or without.")
    return said % {"day": day_words(day, zone=zone)}


def _do_nothing(goal: Goal, day: datetime, *, zone: ZoneInfo) -> str:
    if goal.milestone is None:
        return _("Do nothing: good standing on %(day)s.") % {"day": day_words(day, zone=zone)}
    said = _("Do nothing: below %(milestone)s points on %(day)s.")
    return said % {"milestone": goal.milestone, "day": day_words(day, zone=zone)}


def _with_quizzes(plan: Plan, goal: Goal, day: datetime, *, zone: ZoneInfo) -> str:
    """As few quizzes as bring it as early as all of them."""
    count = len(plan.needed(goal))
    if plan.needs_shortening(goal):
        return _with_milestone_quiz(count, day, zone=zone)
    if day == plan.prospect.now:
        return ngettext("With %(count)s quiz: at once.", "With %(count)s quizzes: at once.", count) % {"count": count}
    said = ngettext("With %(count)s quiz: %(day)s.", "With %(count)s quizzes: %(day)s.", count)
    return said % {"count": count, "day": day_words(day, zone=zone)}


def _with_milestone_quiz(count: int, day: datetime, *, zone: ZoneInfo) -> str:
    """It ends the action sooner, beside as many other quizzes."""
    if not count:
        return _("With the milestone quiz: %(day)s.") % {"day": day_words(day, zone=zone)}
    said = ngettext(
        "With the milestone quiz and %(count)s other: %(day)s.",
        "With the milestone quiz and %(count)s others: %(day)s.",
        count,
    )
    return said % {"count": count, "day": day_words(day, zone=zone)}


def group_title(opens_at: datetime | None, *, zone: ZoneInfo) -> str:
    """From when the steps below it can be done."""
    if opens_at is None:
        return _("Now")
    return _("From %(day)s, when quizzes are counted anew") % {"day": day_words(opens_at, zone=zone)}


def what_is_left(target: EligibleViolation) -> str:
    """What a pass takes points off: ``LIVE “Sunday LIVE”, 4 points left``."""
    said = ngettext("%(about)s, %(count)s point left", "%(about)s, %(count)s points left", target.points_left)
    return said % {"about": target.violation.about, "count": target.points_left}


def the_end(plan: Plan, goal: Goal) -> str:
    """Why a goal is reached on its planned day, if it comes by itself then; empty if a quiz brings it."""
    if goal.planned in plan.ends:
        return _("The action ends by itself.")
    if goal.planned in plan.shortened:
        return _("The shorter action ends by itself.")
    expired = sum(
        period.points for period in plan.prospect.with_passes(plan.kept).periods if period.end == goal.planned
    )
    said = ngettext("%(count)s point expires by itself.", "%(count)s points expire by themselves.", expired)
    return said % {"count": expired} if expired else ""


def goal_words(goal: Goal) -> str:
    if goal.milestone is None:
        return _("Good standing")
    return _("Below %(milestone)s points") % {"milestone": goal.milestone}

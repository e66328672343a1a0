"""Passes and what they bring: good standing, and milestones left behind. Pure functions; moments are aware datetimes.

A pass takes points off one violation, and they stay off until that violation's points expire. Passes are counted by
local month. One of this month can be made now. One of the next can be made from its start, if its quiz is open then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from violations.rules import PointsPeriod, TotalChange, good_standing_below, stays_below, total_after, total_changes


class RewardMonth(StrEnum):
    """The local month in which a pass is rewarded."""

    THIS = "this month"
    NEXT = "next month"


@dataclass(frozen=True, eq=False)
class Option:
    """A violation that passes can take points off until before ``closes_at``; they count until ``expires_at``.

    ``is_begun`` says that an open attempt is for it.
    """

    violation_id: int
    quiz_id: int
    points_left: int
    pass_points: int
    closes_at: datetime
    expires_at: datetime
    is_begun: bool = False

    @property
    def ends_at(self) -> datetime:
        """From when no pass takes points off it any more: its quiz is closed, or nothing counts."""
        return min(self.closes_at, self.expires_at)

    def gain(self, number: int) -> int:
        """What its pass of this number, from 1, takes off: no more than is left then."""
        return max(min(self.pass_points, self.points_left - (number - 1) * self.pass_points), 0)


@dataclass(frozen=True)
class Limits:
    """The passes that are still rewarded in each month, and the attempts that each quiz still has."""

    now: datetime
    next_month_at: datetime
    rewards: Mapping[RewardMonth, int]
    attempts: Mapping[tuple[int, RewardMonth], int]

    @property
    def passes(self) -> int:
        return sum(self.rewards.values())

    @property
    def of_this_month(self) -> Limits:
        """The same, if nothing can be done next month."""
        return replace(self, rewards={**self.rewards, RewardMonth.NEXT: 0})

    def moment(self, month: RewardMonth) -> datetime:
        """The first moment at which a pass of a month can be made."""
        return self.now if month is RewardMonth.THIS else self.next_month_at

    def is_open(self, option: Option, month: RewardMonth) -> bool:
        """Whether a pass of a month can still take points off that count."""
        return self.moment(month) < option.ends_at


@dataclass(frozen=True)
class Pass:
    """A pass that a plan counts on: the one of this ``number``, from 1, of its violation, made from ``at`` on.

    From ``until`` on it can no longer be made, or only instead of another pass of the plan.
    """

    option: Option
    number: int
    month: RewardMonth
    at: datetime
    until: datetime
    points: int

    @property
    def key(self) -> str:
        """What tells it from the others of a plan, in an address."""
        return f"{self.option.violation_id}-{self.number}"

    @property
    def credit(self) -> PointsPeriod:
        """What it would write into the ledger: it ends with what it corrects."""
        return PointsPeriod(-self.points, self.at, self.option.expires_at)


@dataclass(frozen=True)
class Prospect:
    """How a seller's total goes on if nothing is done, and the milestones that it is measured by."""

    now: datetime
    periods: Sequence[PointsPeriod]
    thresholds: Sequence[int]
    approach_points: int

    @cached_property
    def changes(self) -> Sequence[TotalChange]:
        return total_changes(self.periods)

    @property
    def good_below(self) -> int | None:
        """The total below which the standing is good, if nothing is in force."""
        return good_standing_below(self.thresholds, within=self.approach_points)

    @property
    def lines(self) -> list[int]:
        """The totals to get below, the lowest first: that of good standing, and the milestones reached."""
        found = {*self.thresholds, *([self.good_below] if self.good_below else [])}
        return sorted(line for line in found if stays_below(self.changes, line, now=self.now) > self.now)

    def total_at(self, moment: datetime) -> int:
        return total_after(self.changes, moment)

    def with_passes(self, passes: Iterable[Pass]) -> Prospect:
        """The same, once these passes were made."""
        return replace(self, periods=[*self.periods, *(one.credit for one in passes)])


@dataclass(frozen=True)
class Goal:
    """Good standing, or a ``milestone`` left behind: from when it stays so, with nothing done and as planned.

    A date is ``None`` if an action stands until it is lifted.
    """

    milestone: int | None
    without: datetime | None
    planned: datetime | None

    @property
    def is_sooner(self) -> bool:
        """Whether the plan brings it sooner than doing nothing."""
        return self.planned != self.without


@dataclass(frozen=True)
class Plan:
    """The passes that bring a seller back soonest, and those of them that the seller keeps.

    ``ends`` are those of the actions in force or announced, ``None`` for one that stands until it is lifted: points do
    not end an action. ``shortened`` are the same once the milestone quizzes on offer are passed.
    """

    prospect: Prospect
    passes: tuple[Pass, ...] = ()
    kept: tuple[Pass, ...] = ()
    ends: Sequence[datetime | None] = ()
    shortened: Sequence[datetime | None] = ()

    @property
    def credits(self) -> tuple[PointsPeriod, ...]:
        """What the kept passes would write into the ledger."""
        return tuple(one.credit for one in self.kept)

    @property
    def total(self) -> int:
        """The total once the kept passes are made."""
        last = max((one.at for one in self.kept), default=self.prospect.now)
        return self.prospect.with_passes(self.kept).total_at(last)

    @cached_property
    def goals(self) -> Sequence[Goal]:
        """What is still to be reached: good standing, then each milestone at or below the total, the lowest first."""
        total = self.prospect.total_at(self.prospect.now)
        reached = [milestone for milestone in sorted(self.prospect.thresholds) if milestone <= total]
        goals = [Goal(one, self._date(one, (), self.ends), self._planned(one, self.kept)) for one in (None, *reached)]
        return [goal for goal in goals if goal.without != self.prospect.now]

    def needed(self, goal: Goal) -> tuple[Pass, ...]:
        """The kept passes without those that a goal comes as early without: none of them can be left out."""
        needed = self.kept
        for one in reversed(self.kept):
            fewer = tuple(other for other in needed if other is not one)
            if self._planned(goal.milestone, fewer) == goal.planned:
                needed = fewer
        return needed

    def needs_shortening(self, goal: Goal) -> bool:
        """Whether a goal comes later without the milestone quizzes."""
        return self._date(goal.milestone, self.kept, self.ends) != goal.planned

    def _planned(self, milestone: int | None, passes: Sequence[Pass]) -> datetime | None:
        """When a goal is reached for good with these passes and the milestone quizzes."""
        return self._date(milestone, passes, self.shortened or self.ends)

    def _date(
        self, milestone: int | None, passes: Sequence[Pass], ends_of_actions: Sequence[datetime | None]
    ) -> datetime | None:
        """When a goal is reached for good with these passes, if actions end then."""
        prospect = self.prospect.with_passes(passes)
        below, ends = milestone or prospect.good_below, ends_of_actions if milestone is None else ()
        found = stays_below(prospect.changes, below, now=prospect.now) if below else prospect.now
        known = [end for end in ends if end is not None]
        return max([found, *known]) if len(known) == len(ends) else None


def keep(plan: Plan, *, keys: Collection[str]) -> Plan:
    """A plan of which only some passes are kept, each with what it takes off without the others."""
    numbers, kept = Counter[int](), []
    for one in plan.passes:
        if one.key in keys:
            numbers[one.option.violation_id] += 1
            kept.append(replace(one, points=one.option.gain(numbers[one.option.violation_id])))
    return replace(plan, kept=tuple(kept))

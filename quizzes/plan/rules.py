"""Which passes bring a seller back soonest. Pure functions; moments are aware datetimes.

A pass takes points off one violation, and they stay off until that violation's points expire. Passes are counted by
local month: one of this month can be made now, one of the next from its start, if its quiz is open then.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cached_property
from heapq import nlargest
from itertools import groupby
from typing import NamedTuple

from violations.rules import PointsPeriod, TotalChange, good_standing_below, stays_below, total_changes

from .network import Network


class RewardMonth(Enum):
    """The local month in which a pass is rewarded."""

    THIS = "this month"
    NEXT = "next month"


@dataclass(frozen=True)
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

    def moment(self, month: RewardMonth) -> datetime:
        """The first moment at which a pass of a month can be made."""
        return self.now if month is RewardMonth.THIS else self.next_month_at

    def is_open(self, option: Option, month: RewardMonth) -> bool:
        """Whether a pass of a month can still take points off that count."""
        return self.moment(month) < min(option.closes_at, option.expires_at)


@dataclass(frozen=True)
class Pass:
    """A pass that a plan counts on: the one of this ``number``, from 1, of its violation, made ``at`` its month."""

    option: Option
    number: int
    month: RewardMonth
    at: datetime
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
    """What is known of a seller's total to come if nothing is done, and of the milestones that it is measured by."""

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
        before = bisect_right(self.changes, moment, key=lambda change: change.at)
        return self.changes[before - 1].total if before else 0

    def with_passes(self, passes: Iterable[Pass]) -> Prospect:
        """The same, once these passes were made."""
        return replace(self, periods=[*self.periods, *(one.credit for one in passes)])


# --- Which passes


class _Slot(NamedTuple):
    """One pass of a violation: the first, the second …"""

    option: Option
    number: int

    @property
    def gain(self) -> int:
        return self.option.gain(self.number)


Worth = Callable[[_Slot, RewardMonth], int]


def best_passes(options: Iterable[Option], *, limits: Limits, prospect: Prospect) -> tuple[Pass, ...]:
    """The passes that a plan counts on, in the order in which they can be made, the most points first.

    No other passes within the limits bring good standing earlier. Among those that bring it as early, they bring the
    total below each milestone, the lowest first, as early as can be; where each pass takes off as much as another, no
    other passes bring it below any milestone earlier. Then the most points count, then what was begun, then a pass for
    many violations before several for one, then sooner, then what lasts longer, then what closes first.
    """
    options = sorted(options, key=lambda option: (option.closes_at, option.violation_id))
    dates = [earliest_below(line, options=options, limits=limits, prospect=prospect) for line in prospect.lines]

    def worth(slot: _Slot, month: RewardMonth) -> int:
        gain, option = slot.gain, slot.option
        return _in_one(
            *(gain * _counts(option, month, at=date, limits=limits) for date in dates),
            gain,
            option.is_begun and slot.number == 1,
            slot.number == 1,
            gain * (month is RewardMonth.THIS),
            gain * (option.expires_at - limits.now).days,
            not limits.is_open(option, RewardMonth.NEXT),
        )

    passes = _assigned(options, limits=limits, worth=worth)
    return tuple(sorted(passes, key=lambda one: (one.at, -one.points, one.option.closes_at, one.option.violation_id)))


def earliest_below(below: int, *, options: Sequence[Option], limits: Limits, prospect: Prospect) -> datetime:
    """The earliest moment from which some passes within the limits keep the total below ``below`` (1 or more)."""
    most = limits.passes * max((option.pass_points for option in options), default=0)

    def can_be_below(moment: datetime) -> bool:
        total = prospect.total_at(moment)
        if total < below or total - most >= below:
            return total < below
        return total - _most_off(moment, options=options, limits=limits) < below

    ahead = {change.at for change in prospect.changes if change.at > limits.now}
    moments = sorted({limits.now, limits.next_month_at, *ahead})
    return moments[bisect_left(moments, True, key=can_be_below)]


def _most_off(moment: datetime, *, options: Sequence[Option], limits: Limits) -> int:
    """The most points that passes can have taken off the total of a moment."""

    def worth(slot: _Slot, month: RewardMonth) -> int:
        return slot.gain * _counts(slot.option, month, at=moment, limits=limits)

    passes = _assigned(options, limits=limits, worth=worth)
    return sum(one.points for one in passes if _counts(one.option, one.month, at=moment, limits=limits))


def _counts(option: Option, month: RewardMonth, *, at: datetime, limits: Limits) -> bool:
    """Whether a pass made as early as a month allows takes off points at a moment."""
    return limits.moment(month) <= at < option.expires_at


SCALE = 1 << 48


def _in_one(*parts: int) -> int:
    """Several numbers as one that is compared by the first, then by the second and so on, also when they are added."""
    packed = 0
    for part in parts:
        packed = packed * SCALE + part
    return packed


def _assigned(options: Sequence[Option], *, limits: Limits, worth: Worth) -> list[Pass]:
    """The passes that are worth most together, within the limits: a flow from months through quizzes to violations."""
    network = Network()
    for month in RewardMonth:
        network.add("start", month, room=limits.rewards[month])
    by_quiz = sorted(options, key=lambda option: option.quiz_id)
    for quiz_id, own in groupby(by_quiz, key=lambda option: option.quiz_id):
        _add_quiz(network, quiz_id, list(own), limits=limits, worth=worth)
    for slot in dict.fromkeys(arc.head for arc in network.arcs if isinstance(arc.head, _Slot)):
        network.add(slot, "end", room=1)
    network.fill("start", "end")
    return _passes(network, limits=limits)


def _add_quiz(network: Network, quiz_id: int, options: Sequence[Option], *, limits: Limits, worth: Worth) -> None:
    """Lead from each month through a quiz to the passes worth most; more than its attempts can never be needed."""
    most = min(sum(limits.attempts[quiz_id, month] for month in RewardMonth), limits.passes)
    slots = [
        _Slot(option, number)
        for option in options
        for number in range(1, min(-(-option.points_left // option.pass_points), most) + 1)
    ]
    for month in RewardMonth:
        network.add(month, (quiz_id, month), room=limits.attempts[quiz_id, month])
        fitting = [slot for slot in slots if limits.is_open(slot.option, month)]
        for slot in nlargest(most, fitting, key=lambda slot: worth(slot, month)):
            network.add((quiz_id, month), slot, room=1, worth=worth(slot, month))


def _passes(network: Network, *, limits: Limits) -> list[Pass]:
    """What went through a network. The passes of a violation are numbered in the order in which they are made."""
    made: list[Pass] = []
    numbers = Counter[int]()
    for month in RewardMonth:
        for option in _options_of(network, month):
            numbers[option.violation_id] += 1
            number = numbers[option.violation_id]
            made.append(Pass(option, number, month, limits.moment(month), option.gain(number)))
    return made


def _options_of(network: Network, month: RewardMonth) -> list[Option]:
    """The violation of each pass of a month."""
    return [
        arc.head.option
        for arc in network.used()
        if isinstance(arc.head, _Slot) and arc.tail == (arc.head.option.quiz_id, month)
    ]


# --- What they bring


@dataclass(frozen=True)
class Goal:
    """Good standing, or a ``milestone`` left behind: from when it stays so, with nothing done and with a plan.

    A date is ``None`` if an action stands until it is lifted. ``passes`` are those of the plan that none can be left
    out of if it is to come as early; none if it comes as early with nothing done.
    """

    milestone: int | None
    without: datetime | None
    planned: datetime | None
    passes: tuple[Pass, ...]


@dataclass(frozen=True)
class Plan:
    """The passes that bring a seller back soonest, and those of them that the seller keeps.

    ``ends`` are those of the actions in force or announced, ``None`` for one that stands until it is lifted: points do
    not end an action (DOMAIN: Milestones).
    """

    prospect: Prospect
    passes: tuple[Pass, ...] = ()
    kept: tuple[Pass, ...] = ()
    ends: Sequence[datetime | None] = ()

    @property
    def credits(self) -> tuple[PointsPeriod, ...]:
        """What the kept passes would write into the ledger."""
        return tuple(one.credit for one in self.kept)

    @cached_property
    def goals(self) -> Sequence[Goal]:
        """What is still to be reached: good standing, then each milestone at or below the total, the lowest first."""
        total = self.prospect.total_at(self.prospect.now)
        found = [self._goal(milestone) for milestone in (None, *sorted(self.prospect.thresholds))]
        return [
            goal
            for goal in found
            if goal.without != self.prospect.now and (goal.milestone is None or goal.milestone <= total)
        ]

    @property
    def total(self) -> int:
        """The total once the kept passes are made."""
        last = max((one.at for one in self.kept), default=self.prospect.now)
        return self.prospect.with_passes(self.kept).total_at(last)

    def _goal(self, milestone: int | None) -> Goal:
        needed, planned = self.kept, self._reached_at(milestone, self.kept)
        for one in reversed(self.kept):
            fewer = tuple(other for other in needed if other is not one)
            if self._reached_at(milestone, fewer) == planned:
                needed = fewer
        return Goal(milestone, self._reached_at(milestone, ()), planned, needed)

    def _reached_at(self, milestone: int | None, passes: Sequence[Pass]) -> datetime | None:
        prospect = self.prospect.with_passes(passes)
        below, ends = milestone or prospect.good_below, self.ends if milestone is None else ()
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

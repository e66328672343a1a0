"""The choice of passes: those that bring a seller back soonest. Pure functions; moments are aware datetimes."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import nlargest
from itertools import groupby
from typing import NamedTuple

from .network import Network
from .rules import Limits, Option, Pass, Prospect, RewardMonth


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

    What comes first in this list decides before what follows:

    - the earliest good standing that any passes within the limits bring
    - the total below each milestone, the lowest first, as early as can be
    - the most points
    - what was begun
    - a pass for many violations before several for one
    - what is sooner, then what lasts longer, then what closes first

    Where each pass takes off as much as another, no other passes bring the total below any milestone earlier.
    """
    options = sorted(options, key=lambda option: (option.closes_at, option.violation_id))
    dates = [earliest_below(line, options=options, limits=limits, prospect=prospect) for line in prospect.lines]
    passes = _assigned(options, limits=limits, worth=_worth_by(dates, limits=limits))
    passes.sort(key=lambda one: (one.at, -one.points, one.option.closes_at, one.option.violation_id))
    return _with_deadlines(passes, limits=limits)


def _worth_by(dates: Sequence[datetime], *, limits: Limits) -> Worth:
    """What a pass is worth. The points that it has taken off at these dates decide first, in their order."""

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

    return worth


def _with_deadlines(passes: Sequence[Pass], *, limits: Limits) -> tuple[Pass, ...]:
    """A pass of this month can wait for the next if there is room beside what is planned then.

    The last ones come first.
    """
    planned = [one for one in passes if one.month is RewardMonth.NEXT]
    found = list(planned)
    for one in reversed(passes[: len(passes) - len(planned)]):
        moved = [*planned, one]
        if limits.is_open(one.option, RewardMonth.NEXT) and _fit_next(moved, limits=limits):
            planned = moved
        else:
            one = replace(one, until=min(one.until, limits.next_month_at))
        found.insert(0, one)
    return tuple(found)


def _fit_next(passes: Sequence[Pass], *, limits: Limits) -> bool:
    """Whether so many passes can be made in the next month."""
    by_quiz = Counter(one.option.quiz_id for one in passes)
    within = all(count <= limits.attempts[quiz_id, RewardMonth.NEXT] for quiz_id, count in by_quiz.items())
    return within and len(passes) <= limits.rewards[RewardMonth.NEXT]


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
    """The most points that passes can have taken off the total of a moment.

    What fits into the limits is a matroid, in which taking what brings most first brings the most of all. Passes of one
    quiz that are possible in the same months fit alike: where one found no room, none after it does.
    """
    if moment < limits.next_month_at:
        limits = limits.of_this_month
    counting = [option for option in options if moment < option.expires_at]
    taken: list[_Slot] = []
    full: set[tuple[int, bool]] = set()
    for slot in sorted(_slots(counting, most=limits.passes), key=lambda slot: -slot.gain):
        alike = slot.option.quiz_id, limits.is_open(slot.option, RewardMonth.NEXT)
        if len(taken) == limits.passes:
            break
        if alike not in full and _fit([*taken, slot], limits=limits):
            taken.append(slot)
        else:
            full.add(alike)
    return sum(slot.gain for slot in taken)


def _fit(slots: Sequence[_Slot], *, limits: Limits) -> bool:
    """Whether each of these passes has a month: of every quiz so many in this one at least, so many at most."""
    passes = Counter(slot.option.quiz_id for slot in slots)
    now_only = Counter(slot.option.quiz_id for slot in slots if not limits.is_open(slot.option, RewardMonth.NEXT))
    this, following = ({quiz_id: limits.attempts[quiz_id, month] for quiz_id in passes} for month in RewardMonth)
    least = {quiz_id: max(now_only[quiz_id], passes[quiz_id] - following[quiz_id]) for quiz_id in passes}
    most = {quiz_id: min(passes[quiz_id], this[quiz_id]) for quiz_id in passes}
    return (
        all(least[quiz_id] <= most[quiz_id] for quiz_id in passes)
        and sum(least.values()) <= limits.rewards[RewardMonth.THIS]
        and len(slots) - sum(most.values()) <= limits.rewards[RewardMonth.NEXT]
    )


def _counts(option: Option, month: RewardMonth, *, at: datetime, limits: Limits) -> bool:
    """Whether a pass made as early as a month allows takes off points at a moment."""
    return limits.moment(month) <= at < option.expires_at


SCALE = 1 << 48


def _in_one(*parts: int) -> int:
    """Several numbers as one, which compares by the first, then by the second and so on, also in sums."""
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
    slots = _slots(options, most=most)
    for month in RewardMonth:
        network.add(month, (quiz_id, month), room=limits.attempts[quiz_id, month])
        fitting = [slot for slot in slots if limits.is_open(slot.option, month)]
        for slot in nlargest(most, fitting, key=lambda slot: worth(slot, month)):
            network.add((quiz_id, month), slot, room=1, worth=worth(slot, month))


def _slots(options: Iterable[Option], *, most: int) -> list[_Slot]:
    """The passes of each violation that still take something off it, and at most so many of it."""
    return [
        _Slot(option, number)
        for option in options
        for number in range(1, min(-(-option.points_left // option.pass_points), most) + 1)
    ]


def _passes(network: Network, *, limits: Limits) -> list[Pass]:
    """What went through a network. The passes of a violation are numbered in the order in which they are made."""
    made: list[Pass] = []
    numbers = Counter[int]()
    for month in RewardMonth:
        for option in _options_of(network, month):
            numbers[option.violation_id] += 1
            number, start = numbers[option.violation_id], limits.moment(month)
            made.append(Pass(option, number, month, start, option.ends_at, option.gain(number)))
    return made


def _options_of(network: Network, month: RewardMonth) -> list[Option]:
    """The violation of each pass of a month."""
    return [
        arc.head.option
        for arc in network.used()
        if isinstance(arc.head, _Slot) and arc.tail == (arc.head.option.quiz_id, month)
    ]

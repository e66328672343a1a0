"""What a seller's violations would have led to under some rules. Pure functions; moments are aware datetimes (UTC).

The steps are those of issuing, crediting and voiding. A milestone is reached when a violation is recorded that takes
the total to it. An action is lifted when the violations that still stand would not have reached its milestone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from operator import itemgetter
from typing import NamedTuple

from ..rules import (
    StandingLevel,
    action_period,
    approaches,
    is_at_or_above_any,
    next_threshold,
    reached,
    standing_level,
)

RESTRICTING = frozenset({"restriction", "suspension", "deactivation"})
"""The kinds of action that take something away; a warning does not."""


class Threshold(NamedTuple):
    """A milestone: what reaching it leads to. No duration means until it is lifted."""

    kind: str
    duration_days: int | None
    notice_days: int


@dataclass(frozen=True)
class Rulebook:
    """Rules to replay by: milestones by points, points by policy where they differ, and when points are over.

    ``expire_at`` is ``None`` where each violation's points end as they were decided.
    """

    milestones: Mapping[int, Threshold]
    approach_points: int
    points: Mapping[int, int] = field(default_factory=dict)
    expire_at: Callable[[datetime], datetime] | None = None


class Breach(NamedTuple):
    """A violation with what became of it. ``expires_at`` is when its points are over, or would be if it had any.

    ``credits`` are the moments and numbers of points that were taken off, the first one first.
    """

    policy_id: int
    points: int
    issued_at: datetime
    recorded_at: datetime
    expires_at: datetime
    voided_at: datetime | None
    credits: Sequence[tuple[datetime, int]] = ()


@dataclass
class Action:
    """What a milestone would have led to. ``founded`` are the points of each violation (by place) that reached it."""

    milestone: int
    kind: str
    noticed_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    founded: dict[int, int]
    lifted_at: datetime | None = None

    @property
    def over_at(self) -> datetime | None:
        """When it was over: at its end, or before if it was lifted; ``None`` while it goes on."""
        return min((end for end in (self.ends_at, self.lifted_at) if end), default=None)

    def is_in_force(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.over_at is None or at < self.over_at)

    def void(self, place: int, at: datetime) -> None:
        """Take a violation for voided: the action is lifted if what is left would not have reached the milestone."""
        self.founded.pop(place, None)
        going_on = self.over_at is None or self.over_at > at
        if going_on and sum(self.founded.values()) < self.milestone:
            self.lifted_at = at


@dataclass(frozen=True)
class Replayed:
    """What one seller's violations led to by a moment: all actions, the first first, the total and the standing."""

    actions: Sequence[Action]
    total: int
    level: StandingLevel


ASSESS, CREDIT, VOID = range(3)


def replay(breaches: Sequence[Breach], *rulebooks: Rulebook, until: datetime) -> list[Replayed]:
    """Walk one seller's violations, in the order in which they were recorded and issued, up to before a moment.

    One answer for each of the rules given.
    """
    ledgers = [_Ledger(rulebook) for rulebook in rulebooks]
    for at, step, place, points in _steps(breaches, until):
        for ledger in ledgers:
            if step == ASSESS:
                ledger.assess(place, breaches[place])
            elif step == CREDIT:
                ledger.credit(place, points, at)
            else:
                ledger.void(place, at)
    return [ledger.standing(until) for ledger in ledgers]


def _steps(breaches: Sequence[Breach], until: datetime) -> list[tuple[datetime, int, int, int]]:
    """What happened before a moment, in order; of what happened at one moment assessments come first."""
    steps = []
    for place, breach in enumerate(breaches):
        steps.append((breach.recorded_at, ASSESS, place, 0))
        steps += [(at, CREDIT, place, points) for at, points in breach.credits]
        if breach.voided_at:
            steps.append((breach.voided_at, VOID, place, 0))
    steps.sort(key=itemgetter(0, 1, 2))
    return steps if not steps or steps[-1][0] < until else [step for step in steps if step[0] < until]


class _Ledger:
    """The points of one seller that count, by the violation they are of, as time goes on."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.left: dict[int, int] = {}
        self.ends: list[tuple[datetime, int]] = []
        self.total = 0
        self.actions: list[Action] = []
        self.lowest = min(rulebook.milestones, default=None)

    def assess(self, place: int, breach: Breach) -> None:
        points = self.rulebook.points.get(breach.policy_id, breach.points)
        expire_at = self.rulebook.expire_at
        expires_at = expire_at(breach.issued_at) if expire_at else breach.expires_at
        self._expire(breach.recorded_at)
        if not points or expires_at <= breach.recorded_at:
            return
        before, self.total = self.total, self.total + points
        self.left[place] = points
        self._found(place, points, breach.recorded_at)
        heappush(self.ends, (expires_at, place))
        if self.lowest is not None and self.total >= self.lowest:
            for milestone in reached(before=before, after=self.total, thresholds=self.rulebook.milestones):
                self._impose(milestone, breach.recorded_at)

    def credit(self, place: int, points: int, at: datetime) -> None:
        """Take points off a violation, as many as are left."""
        self._expire(at)
        self._take(place, min(points, self.left.get(place, 0)))

    def void(self, place: int, at: datetime) -> None:
        self._expire(at)
        self._take(place, self.left.get(place, 0))
        for action in self.actions:
            action.void(place, at)

    def standing(self, at: datetime) -> Replayed:
        self._expire(at)
        milestones = self.rulebook.milestones
        upcoming = next_threshold(self.total, milestones)
        level = standing_level(
            approaching=approaches(self.total, upcoming, within=self.rulebook.approach_points),
            reached=is_at_or_above_any(self.total, milestones),
            actions_in_force=[action.kind for action in self.actions if action.is_in_force(at)],
        )
        return Replayed(self.actions, self.total, level)

    def _expire(self, at: datetime) -> None:
        while self.ends and self.ends[0][0] <= at:
            _, place = heappop(self.ends)
            self._take(place, self.left.get(place, 0))

    def _take(self, place: int, points: int) -> None:
        if points:
            self.left[place] -= points
            self.total -= points

    def _found(self, place: int, points: int, at: datetime) -> None:
        """What was recorded together with what reached a milestone is a ground of the action too."""
        for action in self.actions:
            if action.noticed_at == at:
                action.founded[place] = points

    def _impose(self, milestone: int, at: datetime) -> None:
        kind, duration_days, notice_days = self.rulebook.milestones[milestone]
        starts_at, ends_at = action_period(at, notice_days=notice_days, duration_days=duration_days)
        founded = {place: points for place, points in self.left.items() if points}
        self.actions.append(Action(milestone, kind, at, starts_at, ends_at, founded))


def restricted_time(actions: Iterable[Action], *, since: datetime, until: datetime) -> timedelta:
    """For how long of a time something was taken away; what overlaps counts once."""
    restricting = [action for action in actions if action.kind in RESTRICTING]
    periods = sorted((max(action.starts_at, since), min(action.over_at or until, until)) for action in restricting)
    taken, after = timedelta(0), since
    for start, end in periods:
        taken += max(end - max(start, after), timedelta(0))
        after = max(after, end)
    return taken


def imposed_between(actions: Iterable[Action], *, since: datetime, until: datetime) -> list[Action]:
    """Those that were announced in a time (half-open)."""
    return [action for action in actions if since <= action.noticed_at < until]

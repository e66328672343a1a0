"""Points, milestones and standing: what a total means. Pure functions; moments are aware datetimes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from kit.dates import days_after, local_date


class StandingLevel(Enum):
    """A seller's standing in a word, from best to worst."""

    GOOD = "good"
    AT_RISK = "at_risk"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"


LEVEL_OF_ACTION = {
    "warning": StandingLevel.AT_RISK,
    "restriction": StandingLevel.RESTRICTED,
    "suspension": StandingLevel.SUSPENDED,
    "deactivation": StandingLevel.DEACTIVATED,
}


@dataclass(frozen=True)
class DefaultMilestone:
    """A milestone that a new market starts with. No duration means until it is lifted."""

    points: int
    kind: str
    capabilities: tuple[str, ...]
    duration_days: int | None


DEFAULT_MILESTONES = (
    DefaultMilestone(12, "restriction", ("listings", "campaigns"), 7),
    DefaultMilestone(24, "restriction", ("listings", "campaigns"), 14),
    DefaultMilestone(36, "restriction", ("listings", "campaigns"), 28),
    DefaultMilestone(48, "deactivation", ("listings", "campaigns", "live", "videos", "orders"), None),
)


def reached(*, before: int, after: int, thresholds: Iterable[int]) -> list[int]:
    """The thresholds that a total reaches when an assessment takes it from ``before`` to ``after``, lowest first.

    A threshold is reached from below to at or above it; a total that falls reaches nothing.
    """
    return sorted(threshold for threshold in thresholds if before < threshold <= after)


def action_period(
    noticed_at: datetime, *, notice_days: int, duration_days: int | None
) -> tuple[datetime, datetime | None]:
    """When an action that is announced at a moment starts and ends (UTC); ``None``: until it is lifted."""
    starts_at = days_after(noticed_at, days=notice_days)
    return starts_at, None if duration_days is None else days_after(starts_at, days=duration_days)


def shortened(starts_at: datetime, ends_at: datetime, *, share: int) -> datetime:
    """When an action ends of which ``share`` percent are taken off between two moments, in whole seconds."""
    return ends_at - timedelta(seconds=int((ends_at - starts_at).total_seconds()) * share // 100)


def is_at_or_above_any(total: int, thresholds: Iterable[int]) -> bool:
    """Whether a total is at or above a threshold, whatever became of what that led to."""
    return any(threshold <= total for threshold in thresholds)


def next_threshold(total: int, thresholds: Iterable[int]) -> int | None:
    """The lowest threshold above the total, ``None`` at or above the last."""
    return min((threshold for threshold in thresholds if threshold > total), default=None)


def approaches(total: int, threshold: int | None, *, within: int) -> bool:
    """Whether a total above zero is below a threshold by at most ``within`` points."""
    return threshold is not None and 0 < total < threshold <= total + within


def good_standing_below(thresholds: Iterable[int], *, within: int) -> int | None:
    """The total below which no milestone is near or reached; ``None`` without milestones, where every total is good."""
    first = min(thresholds, default=None)
    return None if first is None else max(first - within, 1)


def standing_level(*, approaching: bool, reached: bool, actions_in_force: Iterable[str]) -> StandingLevel:
    """The worst of what is in force; without an action, at risk when a milestone is near or stands below the total.

    The last is so once what a milestone led to has ended, was lifted, or has not begun: points that reached it count.
    """
    levels = [LEVEL_OF_ACTION[kind] for kind in actions_in_force]
    if approaching or reached:
        levels.append(StandingLevel.AT_RISK)
    order = list(StandingLevel)
    return max(levels, key=order.index, default=StandingLevel.GOOD)


@dataclass(frozen=True)
class MilestoneProgress:
    """A milestone as seen from a total: ``done`` (at or below it), ``next`` (the first above) or ``ahead``."""

    points: int
    state: str
    distance: int


def milestone_progress(total: int, thresholds: Iterable[int]) -> Sequence[MilestoneProgress]:
    """The milestones in order, each with the points left to it (0 when the total is at or above it)."""
    upcoming = next_threshold(total, thresholds := sorted(thresholds))
    return [
        MilestoneProgress(
            points=threshold,
            state="done" if threshold <= total else "next" if threshold == upcoming else "ahead",
            distance=max(threshold - total, 0),
        )
        for threshold in thresholds
    ]


@dataclass(frozen=True)
class PointsPeriod:
    """Points that count from ``start`` until before ``end``: what a total is made of."""

    points: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class TotalChange:
    """A moment at which the total changes: by how much, and what it is from then on."""

    at: datetime
    points: int
    total: int


def total_changes(periods: Iterable[PointsPeriod]) -> list[TotalChange]:
    """All changes of the total, the first first; entries that begin and end at one moment change nothing."""
    changes: dict[datetime, int] = {}
    for period in periods:
        if period.start < period.end:
            changes[period.start] = changes.get(period.start, 0) + period.points
            changes[period.end] = changes.get(period.end, 0) - period.points
    found, total = [], 0
    for moment, points in sorted(changes.items()):
        if points:
            total += points
            found.append(TotalChange(moment, points, total))
    return found


def total_after(changes: Sequence[TotalChange], moment: datetime, *, before: int = 0) -> int:
    """The total from a moment on; ``before`` is what it is before the first change."""
    place = bisect_right(changes, moment, key=lambda change: change.at)
    return changes[place - 1].total if place else before


def stays_below(changes: Sequence[TotalChange], below: int, *, now: datetime) -> datetime:
    """The first moment, not before ``now``, from which a total stays below ``below``; all changes lead to zero."""
    last = max((place for place, change in enumerate(changes) if change.total >= below), default=None)
    return now if last is None else max(now, changes[last + 1].at)


@dataclass(frozen=True)
class Expiry:
    """Points that stop counting on one local day: how many, and the total at the end of that day."""

    day: date
    at: datetime
    points: int
    total: int

    @property
    def change(self) -> int:
        """What the day does to the total."""
        return -self.points


def upcoming_expiries(periods: Iterable[PointsPeriod], *, now: datetime, zone: ZoneInfo) -> list[Expiry]:
    """The days on which points that count now stop counting, the next first; ``at`` is when the first of them do."""
    counting = [period for period in periods if period.start <= now < period.end]
    left = sum(period.points for period in counting)
    by_day: dict[date, list[PointsPeriod]] = {}
    for period in sorted(counting, key=lambda period: period.end):
        by_day.setdefault(local_date(period.end, zone=zone), []).append(period)
    expiries = []
    for day, ending in by_day.items():
        points = sum(period.points for period in ending)
        left -= points
        expiries.append(Expiry(day=day, at=ending[0].end, points=points, total=left))
    return [expiry for expiry in expiries if expiry.points]

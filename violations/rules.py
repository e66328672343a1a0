"""Points, milestones and standing: what a total means. Pure functions; moments are aware datetimes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum


class Band(Enum):
    """A seller's standing in a word, from best to worst."""

    GOOD = "Good standing"
    AT_RISK = "At risk"
    RESTRICTED = "Restricted"
    SUSPENDED = "Suspended"
    DEACTIVATED = "Deactivated"


BAND_OF_ACTION = {
    "warning": Band.AT_RISK,
    "restriction": Band.RESTRICTED,
    "suspension": Band.SUSPENDED,
    "deactivation": Band.DEACTIVATED,
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


def next_threshold(total: int, thresholds: Iterable[int]) -> int | None:
    """The lowest threshold above the total, ``None`` at or above the last."""
    return min((threshold for threshold in thresholds if threshold > total), default=None)


def approaches(total: int, threshold: int | None, *, within: int) -> bool:
    """Whether a total above zero is below a threshold by at most ``within`` points."""
    return threshold is not None and 0 < total < threshold <= total + within


def band(*, approaching: bool, actions_in_force: Iterable[str]) -> Band:
    """The worst of what is in force; without an action, at risk when a milestone is near."""
    bands = [BAND_OF_ACTION[kind] for kind in actions_in_force]
    if approaching:
        bands.append(Band.AT_RISK)
    order = list(Band)
    return max(bands, key=order.index, default=Band.GOOD)


@dataclass(frozen=True)
class TrackStep:
    """A milestone as seen from a total: ``done`` (at or below it), ``next`` (the first above) or ``ahead``."""

    points: int
    state: str
    distance: int


def track(total: int, thresholds: Iterable[int]) -> Sequence[TrackStep]:
    """The milestones in order, each with the points left to it (0 when the total is at or above it)."""
    upcoming = next_threshold(total, thresholds := sorted(thresholds))
    return [
        TrackStep(
            points=threshold,
            state="done" if threshold <= total else "next" if threshold == upcoming else "ahead",
            distance=max(threshold - total, 0),
        )
        for threshold in thresholds
    ]

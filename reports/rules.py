"""Weekly reports: which week is next, how far a run is, and how a week compares with the one before.

Pure functions; moments are aware datetimes, weeks and months are those of the market's time zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from kit.dates import Week
from violations.rules import StandingLevel

WEEKS_BEFORE = 8
"""The weeks before its own that a report looks back on."""

WEEKS_AHEAD = 4
"""The weeks after its own in which a report names the points that expire."""

LONGEST_STREAK = 52
"""How many weeks back a report counts the weeks without a violation."""

WORKSHOP_WEEKS = 8
"""The weeks after its own in which a report looks for workshops."""


def week_to_build(books_closed_until: datetime, *, last: Week | None, zone: ZoneInfo) -> Week:
    """The next week of a market to be built: the local one that the end of its closed books lies in.

    A market that moved to a time zone further west lies in the ``last`` week again; then it is the week after that.
    """
    week = Week.of(books_closed_until, zone=zone)
    return week if last is None or week > last else last.next


class RunState(Enum):
    """What a run is at."""

    BUILDING = "building"
    WAITS = "waits"
    """Some of its chunks wait for staff."""
    BUILT = "built"
    TELLING = "telling"
    """It is published, and its sellers are being told."""
    TELLING_WAITS = "telling_waits"
    """The same, and some chunks wait for staff."""
    PUBLISHED = "published"


@dataclass(frozen=True)
class Progress:
    """How far a run is at ``now``. Its chunks hold about the same number of sellers each, but for the last."""

    chunks: int
    done: int
    failed: int
    given_up: int
    """Failed so often that they wait for staff."""
    waiting: int
    """Due, and no worker has begun."""
    running: int
    """That a worker has."""
    rows: int
    started_at: datetime
    last_done_at: datetime | None
    published_at: datetime | None
    announced: int
    """Chunks whose sellers were told; that begins once the run is published."""
    now: datetime

    @property
    def is_over(self) -> bool:
        """Whether the run is published and everybody was told."""
        return self.published_at is not None and self.announced == self.chunks

    @property
    def state(self) -> RunState:
        if self.is_over:
            return RunState.PUBLISHED
        if self.published_at:
            return RunState.TELLING_WAITS if self.given_up else RunState.TELLING
        if self.done == self.chunks:
            return RunState.BUILT
        return RunState.WAITS if self.given_up else RunState.BUILDING

    @property
    def percent(self) -> int:
        return 100 * self.done // self.chunks if self.chunks else 100

    @property
    def seconds(self) -> float:
        """How long it was built: until now, or until its last chunk was done."""
        until = self.now if self.done < self.chunks else self.last_done_at or self.started_at
        return max((until - self.started_at).total_seconds(), 0)

    @property
    def rows_per_second(self) -> int:
        return round(self.rows / self.seconds) if self.seconds else 0

    @property
    def seconds_left(self) -> float | None:
        """At the rate so far; ``None`` when nothing is done yet, or all is, or what is left waits for staff."""
        if self.given_up or not 0 < self.done < self.chunks:
            return None
        return self.seconds / self.done * (self.chunks - self.done)


class Trend(Enum):
    """A count against the one of the week before."""

    NEW = "new"
    UP = "up"
    SAME = "same"
    DOWN = "down"
    GONE = "gone"


def trend(count: int, previous: int) -> Trend:
    """How a count compares with the one of the week before. Nothing in both weeks is as many."""
    if count == previous:
        return Trend.SAME
    if not previous:
        return Trend.NEW
    if not count:
        return Trend.GONE
    return Trend.UP if count > previous else Trend.DOWN


def clean_weeks(counts: Sequence[int]) -> int:
    """How many weeks in a row were clean; ``counts`` are violations a week, the week of the report first."""
    return next((i for i, count in enumerate(counts) if count), len(counts))


def is_clean_week(level: StandingLevel, *, violations: int) -> bool:
    """Whether a week is called clean: nothing was found in it, and it ended in good standing."""
    return level is StandingLevel.GOOD and not violations


class WorkshopState(Enum):
    """What a seller can expect of a workshop."""

    CANCELLED = "cancelled"
    TOOK_PLACE = "took_place"
    HAD_PLACE = "had_place"
    HAS_PLACE = "has_place"
    WAITING = "waiting"
    PLACES_LEFT = "places_left"
    FULL = "full"


def workshop_state(*, over: bool, cancelled: bool, own: str | None, places_left: int) -> WorkshopState:
    """How it stands with a workshop. ``own`` is the state of the seller's sign-up."""
    if cancelled:
        return WorkshopState.CANCELLED
    if over:
        return WorkshopState.HAD_PLACE if own == "placed" else WorkshopState.TOOK_PLACE
    if own:
        return WorkshopState.HAS_PLACE if own == "placed" else WorkshopState.WAITING
    return WorkshopState.PLACES_LEFT if places_left > 0 else WorkshopState.FULL

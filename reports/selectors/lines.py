"""The lines that a weekly report lists: violations, policies, milestones, actions, what expires, workshops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from violations.models import PointsEntry, Violation
from workshops.models import Workshop

from .. import rules

TREND_TONES = {
    rules.Trend.NEW: "warn",
    rules.Trend.UP: "warn",
    rules.Trend.SAME: "",
    rules.Trend.DOWN: "good",
    rules.Trend.GONE: "good",
}
TREND_ICONS = {
    rules.Trend.NEW: "trending-up",
    rules.Trend.UP: "trending-up",
    rules.Trend.SAME: "minus",
    rules.Trend.DOWN: "trending-down",
    rules.Trend.GONE: "trending-down",
}


@dataclass(frozen=True)
class ViolationLine:
    """A violation recorded in the week. ``note`` says what became of it, as known when shown."""

    id: int
    policy: str
    code: str
    points: int
    issued_at: datetime
    content_kind: str | None
    content_title: str | None
    href: str
    note: str
    is_voided: bool


@dataclass(frozen=True)
class ContentGroup:
    """The violations and messages of a week that concern LIVEs, videos, listings, or no content."""

    key: str
    label: str
    icon: str
    violations: Sequence[ViolationLine]
    messages: Sequence[Mapping[str, Any]]

    def __bool__(self) -> bool:
        return bool(self.violations or self.messages)


@dataclass(frozen=True)
class PolicyLine:
    """A policy breached in the week or the week before; ``before`` are the counts of the eight weeks before."""

    code: str
    name: str
    count: int
    previous: int
    before: Sequence[int]
    article: str | None = None

    @property
    def trend(self) -> rules.Trend:
        return rules.trend(self.count, self.previous)

    @property
    def icon(self) -> str:
        return TREND_ICONS[self.trend]

    @property
    def tone(self) -> str:
        return TREND_TONES[self.trend]

    @property
    def before_sum(self) -> int:
        return sum(self.before)

    @property
    def series(self) -> list[int]:
        """The counts of the weeks before and of the week, the oldest first."""
        return [*self.before, self.count]

    @property
    def sentence(self) -> str:
        """What the little chart shows."""
        return rules.history_sentence(self.name, self.series)


@dataclass(frozen=True)
class MilestoneLine:
    points: int
    label: str
    notice_days: int = 0


@dataclass(frozen=True)
class ActionLine:
    """An enforcement action announced in the week or in force at its end."""

    word: str
    tone: str
    title: str
    text: str
    href: str


@dataclass(frozen=True)
class ExpiryLine:
    """Points that stop counting on one day in the coming weeks, the total then, and the entries that expire."""

    day: datetime
    points: int
    total: int
    entries: Sequence[PointsEntry]

    @property
    def parts(self) -> list[tuple[Violation, int]]:
        """The violations whose points expire, each with what is left of them."""
        left: dict[Violation, int] = defaultdict(int)
        for entry in self.entries:
            left[entry.violation] += entry.points
        return [(violation, points) for violation, points in left.items() if points]


@dataclass(frozen=True)
class CountingPolicy:
    """A policy for whose violations points count at the end of the week."""

    code: str
    name: str
    points: int


@dataclass(frozen=True)
class WorkshopLine:
    """A workshop that was published when the week ended, as it was then, with how it stands now."""

    workshop: Workshop
    is_near: bool
    state: str
    tone: str
    href: str

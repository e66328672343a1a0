"""What a presented report is made of: a figure, a violation, an entry, something to do.

Words are ready to be shown; days and moments are left to each form. Every ``href`` is a path of the portal, that of a
change a place on the page; forms that leave the portal put its address in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from kit.dates import Week


@dataclass(frozen=True)
class Recipient:
    """The seller as the report keeps it, in the market as its run keeps it."""

    pk: int
    external_id: str
    name: str
    market: str
    market_code: str
    language: str


@dataclass(frozen=True)
class Verdict:
    """A week or a standing in a word, with the tone of that word."""

    word: str
    tone: str


@dataclass(frozen=True)
class Figures:
    """A report in numbers. ``points_out`` is zero or below, ``points_expired`` zero or above."""

    violations: int
    violations_week_before: int
    messages: int
    points_at_start: int
    points_in: int
    points_out: int
    points_at_end: int
    next_milestone: int | None
    is_approaching: bool

    @property
    def points_expired(self) -> int:
        return self.points_at_start + self.points_in + self.points_out - self.points_at_end

    @property
    def points_change(self) -> int:
        """Points in, out and expired, taken together."""
        return self.points_at_end - self.points_at_start


@dataclass(frozen=True)
class Change:
    """A figure of the week beside that of the week before, ``None`` if that has no report; and both in words."""

    label: str
    this_week: int
    week_before: int | None
    words: str
    words_before: str
    href: str


@dataclass(frozen=True)
class Headline:
    """Of which week a report is, and that week in a word and in figures."""

    week: Week
    days: str
    verdict: Verdict
    figures: Figures


@dataclass(frozen=True)
class Summary(Headline):
    """A report as a line of the list of all."""

    standing: Verdict
    published_at: datetime | None
    href: str


@dataclass(frozen=True)
class EnforcementNotice:
    """An enforcement action announced in the week or in force at its end."""

    word: str
    tone: str
    title: str
    text: str
    href: str


@dataclass(frozen=True)
class Alert:
    """That a milestone is near, what happens there and what would lead to it."""

    title: str
    text: str


class FollowUpState(Enum):
    OPEN = "Open"
    DONE = "Done"
    CLOSED = "Closed"


@dataclass(frozen=True)
class FollowUp:
    """Something to do after the week (take a quiz, appeal, read an article), and whether it was done since.

    ``gain`` are the points that it takes off at most; ``deadline`` is the first moment after it, ``None`` if there is
    none.
    """

    kind: str
    title: str
    gain: int
    deadline: datetime | None
    by: str
    href: str
    button: str
    icon: str
    state: FollowUpState
    note: str
    waits: bool = False
    """Whether it is open and cannot be done yet."""
    headline: str = ""
    """What there is to do, and the last day for it if there is one."""
    gain_words: str = ""
    """What it does to the total, empty if nothing."""

    @property
    def last_moment(self) -> datetime | None:
        """The last moment for it, whose day is the one that people read."""
        return self.deadline - timedelta(microseconds=1) if self.deadline else None


@dataclass(frozen=True)
class Development:
    """Something that happened to what the report tells of, after its week."""

    at: datetime
    day: str
    title: str
    href: str


@dataclass(frozen=True)
class ViolationItem:
    """A violation recorded in the week. ``note`` says what became of it, as known when shown."""

    id: int
    policy: str
    policy_code: str
    points: int
    issued_at: datetime
    content_kind: str | None
    content_title: str | None
    href: str
    note: str


@dataclass(frozen=True)
class MessageItem:
    """A message posted in the week. ``language`` is that of a notice's own words, empty for what the portal says."""

    id: int
    subject: str
    language: str
    posted_at: datetime
    content_kind: str | None
    content_title: str | None
    href: str


@dataclass(frozen=True)
class ContentGroup:
    """The violations and messages of a week that concern LIVEs, videos, listings, or no content."""

    key: str
    label: str
    icon: str
    violations: Sequence[ViolationItem]
    messages: Sequence[MessageItem]

    @property
    def is_quiet(self) -> bool:
        return not (self.violations or self.messages)


@dataclass(frozen=True)
class PolicyItem:
    """A policy breached in the week or the week before; ``before`` are the counts of the weeks before."""

    code: str
    name: str
    count: int
    previous: int
    before: Sequence[int]
    trend: str
    icon: str
    sentence: str
    href: str
    article: str | None
    article_href: str

    @property
    def before_sum(self) -> int:
        return sum(self.before)

    @property
    def series(self) -> list[int]:
        """The counts of the weeks before and of the week, the oldest first."""
        return [*self.before, self.count]


@dataclass(frozen=True)
class EntryItem:
    """An entry of the ledger; ``points`` is what it does to the total (what expires leaves it).

    ``kind`` is that of the entry if it was recorded in the week, else ``expired`` or ``counting``.
    """

    kind: str
    id: int
    policy: str
    policy_code: str
    what: str
    reason: str
    points: int
    recorded_at: datetime
    expires_at: datetime
    href: str


@dataclass(frozen=True)
class ExpiringViolation:
    """A violation of whose points some expire."""

    policy: str
    points: int
    href: str


@dataclass(frozen=True)
class ExpiryItem:
    """Points that stop counting on one day in the coming weeks, and the total then."""

    at: datetime
    points: int
    total: int
    violations: Sequence[ExpiringViolation]


@dataclass(frozen=True)
class MilestoneItem:
    """A milestone of the market, what happens there, and where the seller stands before it."""

    points: int
    label: str
    state: str


@dataclass(frozen=True)
class WorkshopItem:
    """A workshop as it was when the week ended, with how it stands now."""

    title: str
    when: str
    starts_at: datetime
    city: str
    venue: str
    is_near: bool
    state: str
    tone: str
    href: str


@dataclass(frozen=True)
class ReportChart:
    """A number for each week, the oldest first, and what that shows; ``references`` are lines with a label."""

    title: str
    rows: Sequence[tuple[str, int]]
    sentence: str
    references: Sequence[tuple[str, int]] = ()

    @property
    def has_moved(self) -> bool:
        return len({number for _, number in self.rows}) > 1

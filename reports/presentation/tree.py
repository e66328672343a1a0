"""All that a weekly report says: the tree from which page, email, PDF, CSV and JSON are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kit.dates import Week

from .nodes import (
    Alert,
    Change,
    ContentGroup,
    Development,
    EnforcementNotice,
    EntryItem,
    ExpiryItem,
    Figures,
    FollowUp,
    Headline,
    MessageItem,
    MilestoneItem,
    PolicyItem,
    Recipient,
    ReportChart,
    Summary,
    Verdict,
    ViolationItem,
    WorkshopItem,
)


@dataclass(frozen=True)
class Contents:
    """What was found and told in the week: in a group for each kind of content, and the messages as they came."""

    kinds: Sequence[ContentGroup]
    messages: Sequence[MessageItem]
    quiet_kinds: str

    @property
    def violations(self) -> list[ViolationItem]:
        return [violation for group in self.kinds for violation in group.violations]

    @property
    def groups(self) -> list[ContentGroup]:
        """The kinds of content with a violation or a message."""
        return [group for group in self.kinds if not group.is_quiet]


@dataclass(frozen=True)
class History:
    """The week beside those before it."""

    weeks: Sequence[Week]
    """The weeks that the charts show."""
    totals: ReportChart
    streak_sentence: str

    @property
    def weeks_before(self) -> int:
        """How many of the eight weeks before have a report of this seller's."""
        return len(self.weeks) - 1


@dataclass(frozen=True)
class Breaches:
    """The violations of the week beside those before it, and the policies that were breached."""

    violations: ReportChart
    policies: Sequence[PolicyItem]
    policies_sentence: str

    @property
    def had_violations(self) -> bool:
        """Whether the chart of violations shows anything."""
        return len(self.violations.rows) > 1 and any(count for _, count in self.violations.rows)

    @property
    def articles(self) -> list[PolicyItem]:
        """The policies breached in the week that have an article."""
        return [policy for policy in self.policies if policy.article and policy.count]

    @property
    def policy_weeks(self) -> list[tuple[str, list[int]]]:
        """The table behind the little charts: for each week the violations of each policy, the oldest week first."""
        labels = [label for label, _ in self.violations.rows]
        return [(label, [policy.series[i] for policy in self.policies]) for i, label in enumerate(labels)]


@dataclass(frozen=True)
class Ledger:
    """The points of the week: its entries (in, out, expired), what counts at its end, and what expires then."""

    balance: str
    entries: Sequence[EntryItem]
    counting: Sequence[EntryItem]
    expiring: Sequence[ExpiryItem]
    expiry_sentence: str


@dataclass(frozen=True)
class MilestonesAhead:
    """The milestones of the market, and how far the next one is."""

    items: Sequence[MilestoneItem]
    next: MilestoneItem | None
    distance: str


@dataclass(frozen=True)
class WorkshopsOffered:
    """Workshops that the seller could go to, and what the list of them is called."""

    title: str
    items: Sequence[WorkshopItem]


@dataclass(frozen=True)
class ReportLead:
    """What a weekly report says first, which is all that its email says.

    It is frozen but for what is looked up when it is shown: the plan and what can be done.
    """

    headline: Headline
    recipient: Recipient
    sentence: str
    actions: Sequence[EnforcementNotice]
    alert: Alert | None
    """That a milestone is near."""
    plan: Sequence[str]
    """When good standing comes, in sentences; none where there is nothing to reach and nothing to gain."""
    open_follow_ups: Sequence[FollowUp]
    """What can be done now, what brings most first."""
    changes: Sequence[Change]
    history: History

    @property
    def week(self) -> Week:
        return self.headline.week

    @property
    def days(self) -> str:
        return self.headline.days

    @property
    def verdict(self) -> Verdict:
        return self.headline.verdict

    @property
    def figures(self) -> Figures:
        return self.headline.figures

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found in the week."""
        return not self.figures.violations


@dataclass(frozen=True)
class PresentedReport(ReportLead):
    """A weekly report as it is shown at ``now``.

    It is frozen but for what is looked up when it is shown. Beside that of its lead these are follow-ups that are
    settled and developments; notes of violations, the state of workshops, and the weeks around it.
    """

    summary: Summary
    now: datetime
    made_at: datetime
    """When it was published; of a draft, until when it knows."""
    freshness: str
    zone: ZoneInfo
    """The time zone that the market had in the week."""
    zone_name: str
    nothing_left: str
    settled_follow_ups: Sequence[FollowUp]
    """What was done since, or cannot be done any more."""
    breaches: Breaches
    developments: Sequence[Development]
    contents: Contents
    ledger: Ledger
    milestones: MilestonesAhead
    workshops: WorkshopsOffered
    previous_week: Week | None
    next_week: Week | None

    @property
    def is_draft(self) -> bool:
        return self.summary.published_at is None

    @property
    def follow_ups(self) -> list[FollowUp]:
        return [*self.open_follow_ups, *self.settled_follow_ups]

"""All that a weekly report says, for the page and for whatever else shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.dates import Week
from kit.formatting import join_words, moment_words
from sellers.models import Seller
from violations.models import PointsEntry
from violations.rules import Expiry

from .. import rules
from ..models import ReportRun, WeeklyReport
from .lines import (
    ActionLine,
    ContentGroup,
    CountingPolicy,
    ExpiryLine,
    MilestoneLine,
    PolicyLine,
    ViolationLine,
    WorkshopLine,
)
from .steps import SinceLine, Step, StepState


@dataclass(frozen=True)
class ReportContext:
    """A weekly report as it is shown. It is frozen but for what is looked up when it is shown:

    the state of ``steps``, ``since`` and the notes of violations (what happened after the week), the state of
    ``workshops``, and the weeks around it. ``seller`` and its market are called what they were called then, and all
    dates in words are in the time zone that the market had in the week.
    """

    now: datetime
    report: WeeklyReport
    run: ReportRun
    seller: Seller
    is_draft: bool
    verdict: rules.Verdict
    sentence: str
    days: str
    zone: str
    expired: int
    trend: str
    trend_tone: str
    contents: Sequence[ContentGroup]
    policies: Sequence[PolicyLine]
    messages: Sequence[Mapping[str, Any]]
    entries_in: Sequence[Mapping[str, Any]]
    entries_out: Sequence[Mapping[str, Any]]
    entries_counting: Sequence[PointsEntry]
    entries_expired: Sequence[PointsEntry]
    actions: Sequence[ActionLine]
    milestones: Sequence[MilestoneLine]
    next_milestone: MilestoneLine | None
    expiring: Sequence[ExpiryLine]
    next_expiry: Expiry | None
    steps: Sequence[Step]
    articles: Sequence[PolicyLine]
    workshops: Sequence[WorkshopLine]
    since: Sequence[SinceLine]
    recent: Sequence[Week]
    """The weeks that the charts show, the oldest first; ``weeks`` and ``totals`` have one for each."""
    weeks: Sequence[tuple[str, int]]
    totals: Sequence[tuple[str, int]]
    clean_weeks: int
    previous_week: Week | None
    next_week: Week | None

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found in the week."""
        return not self.report.violation_count

    @property
    def groups(self) -> list[ContentGroup]:
        """The kinds of content with a violation or a message."""
        return [group for group in self.contents if group]

    @property
    def quiet_words(self) -> str:
        """The kinds of content without a violation and a message, in a sentence; empty if there is none."""
        quiet = [group.label if group.key == "live" else group.label.lower() for group in self.contents if not group]
        return f"No violation and no message about {join_words(quiet, last='or')}." if quiet else ""

    @property
    def messages_href(self) -> str:
        """Where the page lists the messages, if there are any."""
        return "#content" if self.messages else ""

    @property
    def has_moved(self) -> bool:
        """Whether anything was found, told, assessed, credited or expired."""
        report = self.report
        counts = (report.violation_count, report.message_count, report.points_in, report.points_out, self.expired)
        return any(counts)

    @property
    def violations(self) -> list[ViolationLine]:
        return [violation for group in self.contents for violation in group.violations]

    @property
    def open_steps(self) -> list[Step]:
        """What can be done now, what brings most first."""
        return [step for step in self.steps if step.state is StepState.OPEN]

    @property
    def other_steps(self) -> list[Step]:
        """What was done since, or cannot be done any more."""
        return [step for step in self.steps if step.state is not StepState.OPEN]

    @property
    def points_change(self) -> int:
        """Points in, out and expired, taken together."""
        return self.report.points_at_end - self.report.points_at_start

    @property
    def distance_words(self) -> str:
        return rules.distance_words(self.report.points_at_end, self.report.next_milestone_points)

    @property
    def alert_title(self) -> str:
        """Of the alert when a milestone is near, else empty."""
        if not self.report.is_approaching or self.next_milestone is None:
            return ""
        left = self.next_milestone.points - self.report.points_at_end
        return f"You are near a milestone: {rules.plural(left, 'point')} left before {self.next_milestone.points}"

    @property
    def alert_text(self) -> str:
        """What happens at the milestone that is near, and which violations of the week would lead there again."""
        if not self.alert_title or self.next_milestone is None:
            return ""
        return rules.alert_text(
            distance=self.next_milestone.points - self.report.points_at_end,
            milestone=self.next_milestone.points,
            consequence=self.next_milestone.label,
            notice_days=self.next_milestone.notice_days,
            points_by_policy={violation.policy: violation.points for violation in self.violations},
        )

    @property
    def balance(self) -> str:
        """The week's sum in words."""
        return rules.balance_sentence(
            start=self.report.points_at_start,
            points_in=self.report.points_in,
            points_out=self.report.points_out,
            expired=self.expired,
        )

    @property
    def fresh(self) -> str:
        """How final it is."""
        if self.run.published_at:
            return f"Published {moment_words(self.run.published_at, zone=self.run.zone)}, frozen since"
        return f"A draft: what was recorded until {moment_words(self.run.ends_at, zone=self.run.zone)}"

    @property
    def weeks_before(self) -> int:
        """How many of the eight weeks before have a report of this seller's."""
        return len(self.weeks) - 1

    @property
    def policy_weeks(self) -> list[tuple[str, list[int]]]:
        """The table behind the little charts: for each week the violations of each policy, the oldest week first."""
        return [(label, [policy.series[i] for policy in self.policies]) for i, (label, _) in enumerate(self.weeks)]

    @property
    def workshops_title(self) -> str:
        """What to call the workshops: all are in the seller's market, those in its city come first."""
        return f"Workshops in your {'city' if all(line.is_near for line in self.workshops) else 'market'}"

    @property
    def counting_policies(self) -> list[CountingPolicy]:
        """For which policies points count at the end of the week, the most first."""
        points: dict[tuple[str, str], int] = defaultdict(int)
        for entry in self.entries_counting:
            points[entry.violation.policy.code, entry.violation.policy.name] += entry.points
        found = [CountingPolicy(code, name, left) for (code, name), left in points.items() if left]
        return sorted(found, key=lambda policy: (-policy.points, policy.name))

    @property
    def references(self) -> list[tuple[str, int]]:
        """The milestone that the chart of totals shows as a line: the next one."""
        return (
            [(f"Milestone at {self.next_milestone.points}", self.next_milestone.points)] if self.next_milestone else []
        )

    @property
    def policy_rows(self) -> list[tuple[str, int]]:
        """What a chart of policies shows: those breached in the week."""
        return [(policy.name, policy.count) for policy in self.policies if policy.count]

    @property
    def policy_sentence(self) -> str:
        return rules.share_sentence(self.policy_rows)

    @property
    def weeks_sentence(self) -> str:
        return rules.weeks_sentence([count for _, count in self.weeks])

    @property
    def totals_sentence(self) -> str:
        totals = [total for _, total in self.totals]
        return rules.totals_sentence(totals, next_milestone=self.report.next_milestone_points)

    @property
    def expiry_sentence(self) -> str:
        return rules.expiry_sentence(
            total=self.report.points_at_end,
            points=sum(line.points for line in self.expiring),
            next_expiry=self.next_expiry,
        )

    @property
    def streak_sentence(self) -> str:
        """How long nothing was found."""
        return rules.streak_sentence(self.clean_weeks, previous=self.report.previous_violation_count)

    @property
    def has_moved_lately(self) -> bool:
        """Whether the chart of totals shows anything."""
        return len({total for _, total in self.totals}) > 1

    @property
    def has_history(self) -> bool:
        """Whether the chart of weeks shows anything."""
        return len(self.weeks) > 1 and any(count for _, count in self.weeks)

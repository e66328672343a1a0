"""Reads of the weekly reports: what is due, and what a seller's report says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from sellers.models import Content, Market, Seller
from sellers.rules import Week
from violations.models import PointsEntry, Violation
from violations.rules import capability_words, capitalized, consequence

from . import rules
from .models import ReportChunk, ReportRun, ReportRunQuerySet, WeeklyReport, WeeklyReportQuerySet

WEEKS_OF_TREND = 8

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


def open_run(*, market: Market) -> ReportRun | None:
    """The run of a market that is started and not published; there is one at most."""
    return ReportRun.objects.filter(market=market, published_at=None).order_by("week_start").first()


def next_week(*, market: Market) -> Week:
    """The week of a market that is built next once no run is open. The market's books decide, so pass it fresh."""
    last = ReportRun.objects.filter(market=market).order_by("-week_start").first()
    return rules.week_to_build(market.books_closed_until, last=last.week if last else None, zone=market.zone)


def is_due(*, market: Market, now: datetime) -> bool:
    """Whether a market's next week has ended and no run is open."""
    return open_run(market=market) is None and next_week(market=market).ends_at(zone=market.zone) <= now


def due_markets(*, now: datetime) -> list[Market]:
    """The markets for which a run can be started."""
    return [market for market in Market.objects.order_by("pk") if is_due(market=market, now=now)]


def complete_runs() -> ReportRunQuerySet:
    """Runs to be published: started, and every chunk done."""
    open_chunks = ReportChunk.objects.filter(run=OuterRef("pk"), done_at=None)
    return ReportRun.objects.filter(~Exists(open_chunks), published_at=None).order_by("pk")


# --- What a seller reads


def reports_of(seller: Seller) -> WeeklyReportQuerySet:
    """A seller's published reports, the newest first (one query here; the weeks lead the reports' primary key)."""
    weeks = ReportRun.objects.published().filter(market_id=seller.market_id).values_list("week_start", flat=True)
    reports = WeeklyReport.objects.published().filter(seller=seller, week_start__in=list(weeks))
    return reports.order_by("-week_start")


@dataclass(frozen=True)
class ReportLine:
    """A report in a list."""

    report: WeeklyReport
    verdict: rules.Verdict
    days: str
    points_change: int


def report_line(report: WeeklyReport) -> ReportLine:
    return ReportLine(
        report=report,
        verdict=_verdict(report),
        days=rules.range_words(report.week),
        points_change=report.points_at_end - report.points_at_start,
    )


def _verdict(report: WeeklyReport) -> rules.Verdict:
    return rules.verdict(
        violations=report.violation_count,
        approaching=report.is_approaching,
        actions_in_force=[action["kind"] for action in report.detail["actions"] if action["in_force"]],
    )


@dataclass(frozen=True)
class ContentGroup:
    """The violations and messages of a week that concern LIVEs, videos, listings, or no content."""

    label: str
    icon: str
    violations: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class PolicyLine:
    code: str
    name: str
    article: str | None
    count: int
    previous: int
    trend: rules.Trend

    @property
    def icon(self) -> str:
        return TREND_ICONS[self.trend]


@dataclass(frozen=True)
class MilestoneLine:
    points: int
    label: str


@dataclass(frozen=True)
class ReportContext:
    """All that a weekly report says, for the page and for whatever else shows it. Frozen but for what is said here.

    Looked up now: ``voided_since`` (ids of its violations that no longer stand), which quizzes are still ``open``, and
    the weeks around it.
    """

    report: WeeklyReport
    seller: Seller
    verdict: rules.Verdict
    sentence: str
    days: str
    zone: str
    expired: int
    trend: str
    trend_tone: str
    groups: Sequence[ContentGroup]
    policies: Sequence[PolicyLine]
    messages: Sequence[Mapping[str, Any]]
    entries_in: Sequence[Mapping[str, Any]]
    entries_out: Sequence[Mapping[str, Any]]
    entries_counting: Sequence[PointsEntry]
    entries_expired: Sequence[PointsEntry]
    actions: Sequence[Mapping[str, Any]]
    milestones: Sequence[MilestoneLine]
    next_milestone: MilestoneLine | None
    open_quizzes: Sequence[Mapping[str, Any]]
    closed_quizzes: Sequence[Mapping[str, Any]]
    articles: Sequence[PolicyLine]
    voided_since: frozenset[int]
    weeks: Sequence[tuple[str, int]]
    previous_week: Week | None
    next_week: Week | None

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found in the week."""
        return not self.report.violation_count

    @property
    def points_change(self) -> int:
        """Points in, out and expired, taken together."""
        return self.report.points_at_end - self.report.points_at_start

    @property
    def distance_words(self) -> str:
        return rules.distance_words(self.report.points_at_end, self.report.next_milestone_points)

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
    def policy_rows(self) -> list[tuple[str, int]]:
        """What the chart of policies shows: those breached in the week."""
        return [(policy.name, policy.count) for policy in self.policies if policy.count]

    @property
    def policy_sentence(self) -> str:
        return rules.share_sentence(self.policy_rows)

    @property
    def weeks_sentence(self) -> str:
        return rules.weeks_sentence([count for _, count in self.weeks])

    @property
    def has_history(self) -> bool:
        """Whether the chart of weeks shows anything."""
        return len(self.weeks) > 1 and any(count for _, count in self.weeks)

    @property
    def messages_href(self) -> str:
        """Where the page lists the messages, if there are any."""
        return "#content" if self.messages else ""

    @property
    def clean_weeks(self) -> int:
        """How many weeks in a row were clean, this one and those before it, as far back as the chart goes."""
        return next((i for i, (_, count) in enumerate(reversed(self.weeks)) if count), len(self.weeks))


def get_report(*, seller: Seller, week: Week, now: datetime) -> ReportContext:
    """A seller's published report of a week. Raises ``WeeklyReport.DoesNotExist`` if there is none."""
    published = reports_of(seller)
    report = published.select_related("run").get(week_start=week.monday)
    recent = list(published.filter(week_start__lte=week.monday).defer("detail")[: WEEKS_OF_TREND + 1])
    following = published.filter(week_start__gt=week.monday).order_by("week_start").values_list("week_start", flat=True)
    next_monday = following.first()
    detail = _with_moments(report.detail)
    milestones = [_milestone(milestone) for milestone in report.run.rules["milestones"]]
    policies = [PolicyLine(**policy, trend=_trend(policy)) for policy in detail["policies"]]
    entries = _entries(detail["counting"] + detail["expired"])
    expired = [entries[pk] for pk in detail["expired"]]
    return ReportContext(
        report=report,
        seller=seller,
        verdict=_verdict(report),
        sentence=_sentence(report),
        days=rules.range_words(report.week),
        zone=rules.zone_words(report.run.rules["time_zone"]),
        expired=sum(entry.points for entry in expired),
        trend=rules.trend_sentence(report.violation_count, report.previous_violation_count),
        trend_tone=TREND_TONES[rules.trend(report.violation_count, report.previous_violation_count)],
        groups=_groups(detail),
        policies=policies,
        messages=detail["messages"],
        entries_in=[entry for entry in detail["entries"] if entry["points"] > 0],
        entries_out=[entry for entry in detail["entries"] if entry["points"] < 0],
        entries_counting=[entries[pk] for pk in detail["counting"]],
        entries_expired=expired,
        actions=[_action(action) for action in detail["actions"]],
        milestones=milestones,
        next_milestone=next((m for m in milestones if m.points == report.next_milestone_points), None),
        open_quizzes=[quiz for quiz in detail["quizzes"] if quiz["closes_at"] > now],
        closed_quizzes=[quiz for quiz in detail["quizzes"] if quiz["closes_at"] <= now],
        articles=[policy for policy in policies if policy.article and policy.count],
        voided_since=_voided([violation["id"] for violation in detail["violations"]]),
        weeks=[(f"{r.week.monday:%-d %b}", r.violation_count) for r in reversed(recent[:WEEKS_OF_TREND])],
        previous_week=recent[1].week if len(recent) > 1 else None,
        next_week=Week(next_monday) if next_monday else None,
    )


def _sentence(report: WeeklyReport) -> str:
    return rules.week_sentence(
        violations=report.violation_count,
        points_at_start=report.points_at_start,
        points_at_end=report.points_at_end,
        next_milestone=report.next_milestone_points,
    )


def _with_moments(detail: dict[str, Any]) -> dict[str, Any]:
    """The detail with its moments as datetimes. A deadline also gets its last local day, which is what people read."""
    return {name: [_row_with_moments(row) for row in rows] for name, rows in detail.items()}


def _row_with_moments(row: Any) -> Any:
    if not isinstance(row, dict):
        return row
    moments = {
        key: datetime.fromisoformat(value) for key, value in row.items() if key.endswith("_at") and value is not None
    }
    if "closes_at" in moments:
        moments["last_moment"] = moments["closes_at"] - timedelta(microseconds=1)
    return row | moments


def _milestone(milestone: Mapping[str, Any]) -> MilestoneLine:
    words = consequence(
        milestone["kind"], capabilities=milestone["capabilities"], duration_days=milestone["duration_days"]
    )
    return MilestoneLine(points=milestone["points"], label=capitalized(words))


def _trend(policy: Mapping[str, Any]) -> rules.Trend:
    return rules.trend(policy["count"], policy["previous"])


def _entries(ids: list[int]) -> dict[int, PointsEntry]:
    """Ledger entries never change, so a report keeps only their ids."""
    return PointsEntry.objects.select_related("violation__policy_version__policy").in_bulk(ids)


def _action(action: dict[str, Any]) -> dict[str, Any]:
    return action | {"word": action["kind"].capitalize(), "lost": capability_words(action["capabilities"])}


def _groups(detail: Mapping[str, Any]) -> list[ContentGroup]:
    """What was found and told, by the kind of content it concerns; kinds without anything are left out."""
    kinds: list[tuple[str | None, str, str]] = [
        (Content.Kind.LIVE, "LIVEs", "radio"),
        (Content.Kind.VIDEO, "Videos", "clapperboard"),
        (Content.Kind.LISTING, "Listings", "tag"),
        (None, "Your account", "store"),
    ]
    groups = [
        ContentGroup(
            label=label,
            icon=icon,
            violations=[row for row in detail["violations"] if row["content_kind"] == kind],
            messages=[row for row in detail["messages"] if row["content_kind"] == kind],
        )
        for kind, label, icon in kinds
    ]
    return [group for group in groups if group.violations or group.messages]


def _voided(ids: list[int]) -> frozenset[int]:
    return frozenset(Violation.objects.filter(pk__in=ids, voided_at__isnull=False).values_list("pk", flat=True))

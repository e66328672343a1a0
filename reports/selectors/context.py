"""All that a weekly report says, for the page and for whatever else shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse

from sellers.models import Content, Seller
from sellers.rules import Week
from violations.models import PointsEntry, Violation
from violations.rules import Expiry, Span, capability_words, capitalized, consequence, join_words, upcoming_expiries
from workshops.models import Signup, Workshop
from workshops.selectors import listed_workshops

from .. import rules
from ..models import ReportRun, WeeklyReport
from .steps import Facts, SinceLine, Step, StepState, find_facts, since_of, steps_of

WORKSHOPS_SHOWN = 3

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
KINDS: tuple[tuple[str | None, str, str], ...] = (
    (Content.Kind.LIVE, "LIVEs", "radio"),
    (Content.Kind.VIDEO, "Videos", "clapperboard"),
    (Content.Kind.LISTING, "Listings", "tag"),
    (None, "Your account", "store"),
)


def verdict_of(report: WeeklyReport) -> rules.Verdict:
    """The week in a word. Its run must be at hand."""
    return rules.verdict(
        violations=report.violation_count,
        approaching=report.is_approaching,
        reached=any(milestone["points"] <= report.points_at_end for milestone in report.run.rules["milestones"]),
        actions_in_force=[action["kind"] for action in report.detail.get("actions", []) if action["in_force"]],
    )


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
    """A workshop that was published when the week ended, with how full it is now."""

    workshop: Workshop
    is_near: bool
    state: str
    tone: str
    href: str


@dataclass(frozen=True)
class ReportContext:
    """A weekly report as it is shown. It is frozen but for what is looked up when it is shown:

    the state of ``steps``, ``since`` and the notes of violations (what happened after the week), the places left in
    ``workshops``, and the weeks around it. All dates in words are in the time zone that the market had in the week.
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
        """The kinds of content about which something was found or told."""
        return [group for group in self.contents if group]

    @property
    def quiet_words(self) -> str:
        """The kinds of content about which nothing was found or told, in a sentence; empty if there is none."""
        quiet = [group.label if group.key == "live" else group.label.lower() for group in self.contents if not group]
        return f"Nothing was found or told about {join_words(quiet, last='or')}." if quiet else ""

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
            return f"Published {rules.moment_words(self.run.published_at, zone=self.run.zone)}, frozen since"
        return f"A draft: what was recorded until {rules.moment_words(self.run.ends_at, zone=self.run.zone)}"

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
        """What to call the workshops, those in the seller's city being the first."""
        if not any(line.is_near for line in self.workshops):
            return "Workshops in your market"
        return (
            "Workshops near you" if all(line.is_near for line in self.workshops) else "Workshops near you and elsewhere"
        )

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


def make_context(
    report: WeeklyReport,
    *,
    seller: Seller,
    now: datetime,
    earlier: Sequence[WeeklyReport],
    next_week: Week | None,
) -> ReportContext:
    """What a report says; ``earlier`` are the seller's reports before it, the newest first."""
    run = report.run
    detail = {name: [_with_moments(row) for row in rows] for name, rows in report.detail.items()}
    entries = _entries(seller, run)
    counting = [entry for entry in entries if entry.expires_at > run.ends_at]
    expired = [entry for entry in entries if entry.expires_at <= run.ends_at]
    facts = find_facts(report=report, detail=detail, counting=counting, seller=seller, now=now)
    policies = [_policy(policy, weeks=len(earlier)) for policy in detail.get("policies", [])]
    articles = [policy for policy in policies if policy.article and policy.count]
    milestones = milestones_of(run)
    expiries = _expiries(counting, run)
    horizon = _horizon(run)
    recent = [report, *earlier[: rules.WEEKS_BEFORE]][::-1]
    return ReportContext(
        now=now,
        report=report,
        run=run,
        seller=seller,
        is_draft=run.published_at is None,
        verdict=verdict_of(report),
        sentence=_sentence(report),
        days=rules.range_words(report.week),
        zone=rules.zone_words(run.rules["time_zone"]),
        expired=sum(entry.points for entry in expired),
        trend=rules.trend_sentence(report.violation_count, report.previous_violation_count),
        trend_tone=TREND_TONES[rules.trend(report.violation_count, report.previous_violation_count)],
        contents=_contents(detail, facts=facts, seller=seller),
        policies=policies,
        messages=detail.get("messages", []),
        entries_in=[entry for entry in detail.get("entries", []) if entry["points"] > 0],
        entries_out=[entry for entry in detail.get("entries", []) if entry["points"] < 0],
        entries_counting=counting,
        entries_expired=expired,
        actions=[_action(action, seller=seller, zone=run.zone) for action in detail.get("actions", [])],
        milestones=milestones,
        next_milestone=next((m for m in milestones if m.points == report.next_milestone_points), None),
        expiring=[_expiry_line(expiry, counting, run) for expiry in expiries if expiry.at < horizon],
        next_expiry=expiries[0] if expiries else None,
        steps=steps_of(facts, articles=[(policy.code, policy.article or "") for policy in articles]),
        articles=articles,
        workshops=_workshops(run, seller=seller, now=now),
        since=since_of(facts),
        recent=[one.week for one in recent],
        weeks=[(f"{one.week.monday:%-d %b}", one.violation_count) for one in recent],
        totals=[(f"{one.week.monday:%-d %b}", one.points_at_end) for one in recent],
        clean_weeks=rules.clean_weeks([one.violation_count for one in [report, *earlier]]),
        previous_week=earlier[0].week if earlier else None,
        next_week=next_week,
    )


def _sentence(report: WeeklyReport) -> str:
    return rules.week_sentence(
        violations=report.violation_count,
        points_at_start=report.points_at_start,
        points_at_end=report.points_at_end,
        next_milestone=report.next_milestone_points,
        milestones=[milestone["points"] for milestone in report.run.rules["milestones"]],
    )


def _with_moments(row: Any) -> Any:
    """A row with its moments as datetimes."""
    if not isinstance(row, dict):
        return row
    return row | {key: datetime.fromisoformat(row[key]) for key in row if key.endswith("_at") and row[key] is not None}


def _entries(seller: Seller, run: ReportRun) -> list[PointsEntry]:
    """The entries that counted when the week started and those recorded in it: they never change, and none is added."""
    known = PointsEntry.objects.filter(seller=seller).known(before=run.ends_at)
    told = known.filter(Q(recorded_at__gte=run.starts_at) | Q(expires_at__gt=run.starts_at))
    return list(
        told.select_related("violation__policy_version__policy", "violation__content").order_by("effective_at", "id")
    )


def _policy(policy: Mapping[str, Any], *, weeks: int) -> PolicyLine:
    """A policy's line; weeks before the seller's first report are left out."""
    before = policy.get("before", [0] * rules.WEEKS_BEFORE)
    return PolicyLine(**{**policy, "before": before[max(rules.WEEKS_BEFORE - weeks, 0) :]})


def milestones_of(run: ReportRun) -> list[MilestoneLine]:
    """The milestones of a run's market as they were when it started."""
    return [_milestone(milestone) for milestone in run.rules["milestones"]]


def _milestone(milestone: Mapping[str, Any]) -> MilestoneLine:
    words = consequence(
        milestone["kind"], capabilities=milestone["capabilities"], duration_days=milestone["duration_days"]
    )
    return MilestoneLine(milestone["points"], capitalized(words), milestone.get("notice_days", 0))


def _action(action: Mapping[str, Any], *, seller: Seller, zone: ZoneInfo) -> ActionLine:
    word = action["kind"].capitalize()
    lifted_at = action.get("lifted_at")
    when = "this week" if action["is_new"] else "before this week"
    reached = f"you reached {rules.plural(action['milestone'], 'point')} {when}"
    return ActionLine(
        word=word,
        tone="info" if lifted_at else "bad",
        title=f"{word}{', lifted' if lifted_at else ''}: {reached}",
        text=rules.action_text(
            lost=capability_words(action["capabilities"]),
            starts_at=action["starts_at"],
            ends_at=action.get("ends_at"),
            lifted_at=lifted_at,
            zone=zone,
        ),
        href=_violation_url(seller, action["violation_id"]),
    )


def _violation_url(seller: Seller, violation_id: int) -> str:
    return reverse("violations:detail", kwargs={"seller_id": seller.pk, "violation_id": violation_id})


def _contents(detail: Mapping[str, Any], *, facts: Facts, seller: Seller) -> list[ContentGroup]:
    """What was found and told, by the kind of content it concerns."""
    lines = [_violation(row, facts=facts, seller=seller) for row in detail.get("violations", [])]
    return [
        ContentGroup(
            key=kind or "account",
            label=label,
            icon=icon,
            violations=[line for line in lines if line.content_kind == kind],
            messages=[row for row in detail.get("messages", []) if row.get("content_kind") == kind],
        )
        for kind, label, icon in KINDS
    ]


def _violation(row: Mapping[str, Any], *, facts: Facts, seller: Seller) -> ViolationLine:
    return ViolationLine(
        id=row["id"],
        policy=row["policy"],
        code=row["code"],
        points=row["points"],
        issued_at=row["issued_at"],
        content_kind=row.get("content_kind"),
        content_title=row.get("content_title"),
        href=_violation_url(seller, row["id"]),
        note=facts.note_on(row["id"]),
        is_voided=row["id"] in facts.voided,
    )


def _expiries(counting: Sequence[PointsEntry], run: ReportRun) -> list[Expiry]:
    spans = [Span(entry.points, entry.effective_at, entry.expires_at) for entry in counting]
    return upcoming_expiries(spans, now=run.ends_at, zone=run.zone)


def _horizon(run: ReportRun) -> datetime:
    """The end of the fourth local week after the run's; of a draft too."""
    return Week(run.week_start + timedelta(weeks=rules.WEEKS_AHEAD)).ends_at(zone=run.zone)


def _expiry_line(expiry: Expiry, counting: Sequence[PointsEntry], run: ReportRun) -> ExpiryLine:
    entries = [entry for entry in counting if entry.expires_at.astimezone(run.zone).date() == expiry.day]
    return ExpiryLine(expiry.at, expiry.points, expiry.total, entries)


def _workshops(run: ReportRun, *, seller: Seller, now: datetime) -> list[WorkshopLine]:
    """Those the run knows of that stand, in the seller's city first; none for sellers who cannot take a place."""
    if not run.workshops or not seller.signed_up_to_sell:
        return []
    city = seller.city.casefold()
    found = [
        (workshop.city.casefold() == city, workshop)
        for workshop in listed_workshops().filter(pk__in=run.workshops, cancelled_at=None).order_by("starts_at", "pk")
    ]
    found.sort(key=lambda pair: not pair[0])  # the order by time stays
    shown = found[:WORKSHOPS_SHOWN]
    own = Signup.objects.active().filter(seller=seller, workshop__in=[workshop.pk for _, workshop in shown])
    states = dict(own.values_list("workshop_id", "state"))
    return [_workshop(workshop, near, states.get(workshop.pk), now=now) for near, workshop in shown]


def _workshop(workshop: Any, is_near: bool, own: str | None, *, now: datetime) -> WorkshopLine:
    state, tone = rules.workshop_state(
        over=workshop.starts_at <= now,
        own=own,
        places_left=workshop.places_left,
    )
    return WorkshopLine(workshop, is_near, state, tone, workshop.get_absolute_url())

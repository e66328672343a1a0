"""Putting together what a weekly report says: what is frozen, and what is looked up when it is shown."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse

from inbox.models import Message
from kit.dates import Week
from kit.formatting import capitalized, zone_name
from sellers.models import Content, Seller
from violations.models import PointsEntry, Violation
from violations.rules import (
    Expiry,
    PointsPeriod,
    is_at_or_above_any,
    upcoming_expiries,
)
from violations.wording.enforcement import capability_words, consequence
from workshops.models import Signup
from workshops.selectors import listed_workshops

from .. import rules
from ..models import ReportRun, WeeklyReport
from .context import ReportContext
from .lines import (
    TREND_TONES,
    ActionLine,
    ContentGroup,
    ExpiryLine,
    MilestoneLine,
    PolicyLine,
    ViolationLine,
    WorkshopLine,
)
from .runs import as_kept, seller_as_kept, week_starts, workshop_as_kept
from .steps import Facts, find_facts, since_of, steps_of

WORKSHOPS_SHOWN = 3

KINDS: tuple[tuple[str | None, str, str], ...] = (
    (Content.Kind.LIVE, "LIVEs", "radio"),
    (Content.Kind.VIDEO, "Videos", "clapperboard"),
    (Content.Kind.LISTING, "Listings", "tag"),
    (None, "Your account", "store"),
)


def verdict_of(report: WeeklyReport) -> rules.Verdict:
    """The week in a word. Its run must be at hand."""
    return rules.verdict(violations=report.violation_count, **_at_its_end(report))


def standing_of(report: WeeklyReport) -> rules.Verdict:
    """The standing at the end of the week in a word. Its run must be at hand."""
    return rules.standing(**_at_its_end(report))


def _at_its_end(report: WeeklyReport) -> dict[str, Any]:
    return {
        "approaching": report.is_approaching,
        "reached": is_at_or_above_any(report.points_at_end, report.run.milestone_points),
        "actions_in_force": [action["kind"] for action in report.detail.get("actions", []) if action["in_force"]],
    }


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
    seller = seller_as_kept(seller, report)
    entries = _entries(seller, run)
    detail = _readable(report, entries)
    counting = [entry for entry in entries if entry.expires_at > run.ends_at]
    expired = [entry for entry in entries if entry.expires_at <= run.ends_at]
    facts = find_facts(report=report, detail=detail, counting=counting, seller=seller, now=now)
    has_breached = report.violation_count or report.previous_violation_count
    policies = _policies(seller, run, weeks=len(earlier)) if has_breached else []
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
        zone=zone_name(run.ends_at, zone=run.zone),
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
        milestones=report.run.milestone_points,
    )


def _readable(report: WeeklyReport, entries: Sequence[PointsEntry]) -> dict[str, list[dict[str, Any]]]:
    """What a report lists, with moments as datetimes, policies by code and name, and what messages are called."""
    detail = {name: [_with_moments(row) for row in rows] for name, rows in report.detail.items()}
    codes = {entry.pk: entry.violation.policy.code for entry in entries}
    for row in detail.get("entries", []):
        row["code"] = codes[row["id"]]
    for row in [*detail.get("violations", []), *detail.get("entries", [])]:
        row["policy"] = report.run.rules["policies"][row["code"]]["name"]
    told = Message.objects.filter(seller=report.seller_id).recorded_between(report.run.starts_at, report.run.ends_at)
    messages = {message.pk: message for message in told}
    for row in detail.get("messages", []):
        row["subject"] = messages[row["id"]].subject
    return detail


def _with_moments(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **{key: datetime.fromisoformat(row[key]) for key in row if key.endswith("_at") and row[key]}}


def _entries(seller: Seller, run: ReportRun) -> list[PointsEntry]:
    """The entries that counted when the week started and those recorded in it: they never change, and none is added."""
    known = PointsEntry.objects.filter(seller=seller).known(before=run.ends_at)
    told = known.filter(Q(recorded_at__gte=run.starts_at) | Q(expires_at__gt=run.starts_at))
    entries = list(told.select_related("violation__policy_version__policy").order_by("effective_at", "id"))
    for entry in entries:
        as_kept(entry.violation.policy, run)
    return entries


def _policies(seller: Seller, run: ReportRun, *, weeks: int) -> list[PolicyLine]:
    """The policies breached in the week or the week before, the most frequent first.

    ``weeks`` is how many weeks before have a report of the seller's; those before are left out.
    """
    starts = week_starts(run)
    known = Violation.objects.filter(seller=seller).recorded_between(starts[0], run.ends_at).order_by()
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * len(starts))
    for code, recorded_at in known.values_list("policy_version__policy__code", "recorded_at"):
        counts[code][bisect_right(starts, recorded_at) - 1] += 1
    lines = [_policy(code, series, run, weeks=weeks) for code, series in counts.items()]
    breached = [line for line in lines if line.count or line.previous]
    return sorted(breached, key=lambda line: (-line.count, -line.previous, line.name))


def _policy(code: str, series: Sequence[int], run: ReportRun, *, weeks: int) -> PolicyLine:
    before = [*[0] * rules.WEEKS_BEFORE, *series[:-1]]
    policy = run.rules["policies"][code]
    return PolicyLine(
        code=code,
        name=policy["name"],
        count=series[-1],
        previous=before[-1],
        before=before[len(before) - min(weeks, rules.WEEKS_BEFORE) :],
        article=policy["article"],
    )


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
    periods = [PointsPeriod(entry.points, entry.effective_at, entry.expires_at) for entry in counting]
    return upcoming_expiries(periods, now=run.ends_at, zone=run.zone)


def _horizon(run: ReportRun) -> datetime:
    """The end of the fourth local week after the run's; of a draft too."""
    return Week(run.week_start + timedelta(weeks=rules.WEEKS_AHEAD)).ends_at(zone=run.zone)


def _expiry_line(expiry: Expiry, counting: Sequence[PointsEntry], run: ReportRun) -> ExpiryLine:
    entries = [entry for entry in counting if entry.expires_at.astimezone(run.zone).date() == expiry.day]
    return ExpiryLine(expiry.at, expiry.points, expiry.total, entries)


def _workshops(run: ReportRun, *, seller: Seller, now: datetime) -> list[WorkshopLine]:
    """Those the run knows of, in the seller's city first; none for sellers who could not take a place."""
    if not run.workshops or not seller.signed_up_to_sell:
        return []
    city = seller.city.casefold()
    found = [(one["city"].casefold() == city, one) for one in run.workshops]
    found.sort(key=lambda pair: not pair[0])  # the order by time stays
    shown = found[:WORKSHOPS_SHOWN]
    ids = [one["id"] for _, one in shown]
    workshops = listed_workshops().in_bulk(ids)
    states = dict(Signup.objects.active().filter(seller=seller, workshop__in=ids).values_list("workshop_id", "state"))
    return [_workshop(workshops[one["id"]], one, near, states.get(one["id"]), now=now) for near, one in shown]


def _workshop(workshop: Any, kept: Mapping[str, Any], is_near: bool, own: str | None, *, now: datetime) -> WorkshopLine:
    """What the run keeps of a workshop, and how it stands with it now."""
    state, tone = rules.workshop_state(
        over=workshop.starts_at <= now,
        cancelled=workshop.cancelled_at is not None,
        own=own,
        places_left=workshop.places_left,
    )
    return WorkshopLine(workshop_as_kept(workshop, kept), is_near, state, tone, workshop.get_absolute_url())

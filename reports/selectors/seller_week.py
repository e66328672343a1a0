"""A seller's week: what its report and run keep of it, what the ledger says, and what became of it since."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from inbox.models import Message
from kit.dates import Week
from sellers.models import Seller
from violations.models import PointsEntry, Violation
from violations.rules import (
    Expiry,
    PointsPeriod,
    StandingLevel,
    is_at_or_above_any,
    standing_level,
    upcoming_expiries,
)
from workshops.models import Signup, Workshop
from workshops.selectors import listed_workshops

from .. import rules
from ..models import ReportRun, WeeklyReport
from .aftermath import Aftermath, find_aftermath
from .runs import as_kept, seller_as_kept, week_starts, workshop_as_kept

WORKSHOPS_SHOWN = 3


@dataclass(frozen=True)
class PolicyWeeks:
    """A policy breached in the week or the week before; ``before`` are the counts of the eight weeks before."""

    code: str
    name: str
    count: int
    previous: int
    before: Sequence[int]
    article: str | None = None


@dataclass(frozen=True)
class ExpiringPoints:
    """Points that stop counting on one day in the coming weeks, and the entries that expire."""

    expiry: Expiry
    entries: Sequence[PointsEntry]


@dataclass(frozen=True)
class WorkshopOutlook:
    """A workshop that was published when the week ended, as it was then, with how it stands now."""

    workshop: Workshop
    is_near: bool
    state: rules.WorkshopState
    places_left: int


@dataclass(frozen=True)
class SellerWeek:
    """A seller's week at ``now``. It is frozen but for ``aftermath``, the state of ``workshops`` and ``next_week``.

    ``seller`` and its market are called what they were called then. Rows of ``violations``, ``messages``, ``entries``
    and ``actions`` are those of ``reports.build_statement``, with datetimes, and policies by code and name.
    """

    now: datetime
    report: WeeklyReport
    run: ReportRun
    seller: Seller
    violations: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]
    entries: Sequence[Mapping[str, Any]]
    actions: Sequence[Mapping[str, Any]]
    counting: Sequence[PointsEntry]
    expired: Sequence[PointsEntry]
    policies: Sequence[PolicyWeeks]
    expiring: Sequence[ExpiringPoints]
    next_expiry: Expiry | None
    workshops: Sequence[WorkshopOutlook]
    aftermath: Aftermath
    earlier: Sequence[WeeklyReport]
    """The seller's reports of the year before, the newest first."""
    next_week: Week | None


def level_at_end(report: WeeklyReport) -> StandingLevel:
    """The standing at the end of the week. Its run must be at hand."""
    return standing_level(
        approaching=report.is_approaching,
        reached=is_at_or_above_any(report.points_at_end, report.run.milestone_points),
        actions_in_force=[action["kind"] for action in report.detail.get("actions", []) if action["in_force"]],
    )


def find_seller_week(
    report: WeeklyReport,
    *,
    seller: Seller,
    now: datetime,
    earlier: Sequence[WeeklyReport],
    next_week: Week | None,
) -> SellerWeek:
    """The week that a report is of; ``earlier`` are the seller's reports before it, the newest first."""
    run, seller = report.run, seller_as_kept(seller, report)
    entries = _entries(seller, run)
    detail = _readable(report, entries)
    counting = [entry for entry in entries if entry.expires_at > run.ends_at]
    expiries = _expiries(counting, run)
    has_breached = report.violation_count or report.previous_violation_count
    return SellerWeek(
        now=now,
        report=report,
        run=run,
        seller=seller,
        violations=detail.get("violations", []),
        messages=detail.get("messages", []),
        entries=detail.get("entries", []),
        actions=detail.get("actions", []),
        counting=counting,
        expired=[entry for entry in entries if entry.expires_at <= run.ends_at],
        aftermath=find_aftermath(run, detail=detail, counting=counting, seller=seller, now=now),
        policies=_policies(seller, run, weeks=len(earlier)) if has_breached else [],
        expiring=_expiring(expiries, counting, run),
        next_expiry=expiries[0] if expiries else None,
        workshops=_workshops(run, seller=seller, now=now),
        earlier=earlier,
        next_week=next_week,
    )


def _readable(report: WeeklyReport, entries: Sequence[PointsEntry]) -> dict[str, list[dict[str, Any]]]:
    """What a report lists, with moments as datetimes, policies by code and name, and what messages are called."""
    detail = {name: [_with_moments(row) for row in rows] for name, rows in report.detail.items()}
    codes = {entry.pk: entry.violation.policy.code for entry in entries}
    for row in detail.get("entries", []):
        row["code"] = codes[row["id"]]
    for row in [*detail.get("violations", []), *detail.get("entries", [])]:
        row["policy"] = report.run.rules["policies"][row["code"]]["name"]
    messages = _messages(report)
    for row in detail.get("messages", []):
        message = messages[row["id"]]
        row |= {"subject": message.subject, "language": message.notice_language}
    return detail


def _messages(report: WeeklyReport) -> dict[int, Message]:
    told = Message.objects.filter(seller=report.seller_id).recorded_between(report.run.starts_at, report.run.ends_at)
    return {message.pk: message for message in told}


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


# --- Policies


def _policies(seller: Seller, run: ReportRun, *, weeks: int) -> list[PolicyWeeks]:
    """The policies breached in the week or the week before, the most frequent first.

    ``weeks`` is how many weeks before have a report of the seller's; those before are left out.
    """
    starts = week_starts(run)
    known = Violation.objects.filter(seller=seller).recorded_between(starts[0], run.ends_at).order_by()
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * len(starts))
    for code, recorded_at in known.values_list("policy_version__policy__code", "recorded_at"):
        counts[code][bisect_right(starts, recorded_at) - 1] += 1
    policies = [_policy(code, series, run, weeks=weeks) for code, series in counts.items()]
    breached = [policy for policy in policies if policy.count or policy.previous]
    return sorted(breached, key=lambda policy: (-policy.count, -policy.previous, policy.name))


def _policy(code: str, series: Sequence[int], run: ReportRun, *, weeks: int) -> PolicyWeeks:
    before = [*[0] * rules.WEEKS_BEFORE, *series[:-1]]
    policy = run.rules["policies"][code]
    return PolicyWeeks(
        code=code,
        name=policy["name"],
        count=series[-1],
        previous=before[-1],
        before=before[len(before) - min(weeks, rules.WEEKS_BEFORE) :],
        article=policy["article"],
    )


# --- Points that expire


def _expiries(counting: Sequence[PointsEntry], run: ReportRun) -> list[Expiry]:
    periods = [PointsPeriod(entry.points, entry.effective_at, entry.expires_at) for entry in counting]
    return upcoming_expiries(periods, now=run.ends_at, zone=run.zone)


def _expiring(expiries: Sequence[Expiry], counting: Sequence[PointsEntry], run: ReportRun) -> list[ExpiringPoints]:
    """Those until the end of the fourth local week after the run's; of a draft too."""
    horizon = Week(run.week_start + timedelta(weeks=rules.WEEKS_AHEAD)).ends_at(zone=run.zone)
    return [
        ExpiringPoints(one, [e for e in counting if e.expires_at.astimezone(run.zone).date() == one.day])
        for one in expiries
        if one.at < horizon
    ]


# --- Workshops


def _workshops(run: ReportRun, *, seller: Seller, now: datetime) -> list[WorkshopOutlook]:
    """Those the run knows of, in the seller's city first; none for sellers who could not take a place."""
    if not run.workshops or not seller.signed_up_to_sell:
        return []
    city = seller.city.casefold()
    found = [(city == one["city"].casefold() != "", one) for one in run.workshops]
    found.sort(key=lambda pair: not pair[0])  # the order by time stays
    shown = found[:WORKSHOPS_SHOWN]
    ids = [one["id"] for _, one in shown]
    workshops = listed_workshops().in_bulk(ids)
    states = dict(Signup.objects.active().filter(seller=seller, workshop__in=ids).values_list("workshop_id", "state"))
    return [_workshop(workshops[one["id"]], one, near, states.get(one["id"]), now=now) for near, one in shown]


def _workshop(
    workshop: Any, kept: Mapping[str, Any], is_near: bool, own: str | None, *, now: datetime
) -> WorkshopOutlook:
    """What the run keeps of a workshop, and how it stands with it now."""
    places_left = workshop.places_left
    state = rules.workshop_state(
        over=workshop.starts_at <= now,
        cancelled=workshop.cancelled_at is not None,
        own=own,
        places_left=places_left,
    )
    return WorkshopOutlook(workshop_as_kept(workshop, kept), is_near, state, places_left)

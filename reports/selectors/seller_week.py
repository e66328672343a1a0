"""A seller's week: what its report and run keep of it, what the ledger says, and what became of it since."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from inbox.models import Message
from kit.database.reading import read_together
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
from .current_state import CurrentState, ReadsAhead, ReportedWeek, find_current_states
from .runs import RunDate, as_kept, seller_as_kept, week_starts, workshop_as_kept

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
    """A seller's week at ``now``. It is frozen but for ``current``, the state of ``workshops`` and ``next_week``.

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
    current: CurrentState
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


@dataclass(frozen=True)
class SurroundingReports:
    """What stands beside a seller's report: those of the year before, the newest first, and the week after it."""

    earlier: Sequence[WeeklyReport] = ()
    next_week: Week | None = None


def find_seller_weeks(
    reports: Sequence[WeeklyReport],
    *,
    sellers: Mapping[int, Seller],
    beside: Mapping[int, SurroundingReports],
    dates: Iterable[RunDate],
    now: datetime,
) -> list[SellerWeek]:
    """The weeks that some reports of one run are of, in their order: always the same 3 queries.

    ``sellers`` and what is ``beside`` are by the seller's id; ``dates`` are those of all runs of the market.
    """
    run = reports[0].run
    kept = {report.seller_id: seller_as_kept(sellers[report.seller_id], report) for report in reports}
    reads, ahead = _Reads(reports, kept.values(), starts=week_starts(run, dates)), ReadsAhead(kept.values(), now=now)
    read_together(*reads, *ahead)
    entries, messages = _entries(kept, run), {message.pk: message for message in reads.messages}
    told = [_told(report, kept[report.seller_id], entries, messages) for report in reports]
    counts, workshops = reads.counts(), reads.workshops_by_seller(now=now)
    states = find_current_states(run, told, ahead)
    return [
        _seller_week(
            report,
            one,
            current,
            now=now,
            expired=[entry for entry in entries[report.seller_id] if entry.expires_at <= run.ends_at],
            policies=_policies(counts[report.seller_id], run, weeks=len(beside[report.seller_id].earlier)),
            workshops=workshops[report.seller_id],
            beside=beside[report.seller_id],
        )
        for report, one, current in zip(reports, told, states, strict=True)
    ]


class _Reads:
    """What is read of the week of some reports of a run, beside entries and what became of it."""

    def __init__(self, reports: Sequence[WeeklyReport], sellers: Iterable[Seller], *, starts: list[datetime]) -> None:
        run = reports[0].run
        breached = [one.seller_id for one in reports if one.violation_count or one.previous_violation_count]
        known = Violation.objects.filter(seller__in=breached).recorded_between(starts[0], run.ends_at).order_by()
        told = {row["id"] for report in reports for row in report.detail.get("messages", [])}
        self._seller_ids, self._starts = [report.seller_id for report in reports], starts
        self._nearest = {seller.pk: _nearest(run, seller) for seller in sellers}
        ids = {one["id"] for found in self._nearest.values() for _, one in found}
        own = Signup.objects.active().filter(seller__in=self._seller_ids, workshop__in=ids)
        self.messages = Message.objects.filter(pk__in=told)
        self.violations = known.values_list("seller_id", "policy_version__policy__code", "recorded_at")
        self.workshops = listed_workshops().filter(pk__in=ids)
        self.signups = own.values_list("seller_id", "workshop_id", "state")

    def __iter__(self) -> Iterator[QuerySet[Any, Any]]:
        return iter((self.messages, self.violations, self.workshops, self.signups))

    def counts(self) -> dict[int, dict[str, list[int]]]:
        """By seller and policy, how many violations there were in the weeks before and this one.

        Empty for a seller who breached nothing in the week or the week before.
        """
        counts: dict[int, dict[str, list[int]]] = {seller_id: {} for seller_id in self._seller_ids}
        for seller_id, code, at in self.violations:
            series = counts[seller_id].setdefault(code, [0] * len(self._starts))
            series[bisect_right(self._starts, at) - 1] += 1
        return counts

    def workshops_by_seller(self, *, now: datetime) -> dict[int, list[WorkshopOutlook]]:
        """Those the run knows of, in each seller's city first; none for sellers who could not take a place."""
        states = {(pk, at): state for pk, at, state in self.signups}
        workshops = {workshop.pk: workshop for workshop in self.workshops}
        return {
            pk: [
                _workshop(workshops[one["id"]], one, near, states.get((pk, one["id"])), now=now) for near, one in found
            ]
            for pk, found in self._nearest.items()
        }


def _seller_week(
    report: WeeklyReport,
    told: ReportedWeek,
    current: CurrentState,
    *,
    now: datetime,
    beside: SurroundingReports,
    **found: Any,
) -> SellerWeek:
    expiries = _expiries(told.counting, report.run)
    return SellerWeek(
        now=now,
        report=report,
        run=report.run,
        seller=told.seller,
        violations=told.detail.get("violations", []),
        messages=told.detail.get("messages", []),
        entries=told.detail.get("entries", []),
        actions=told.detail.get("actions", []),
        counting=told.counting,
        current=current,
        expiring=_expiring(expiries, told.counting, report.run),
        next_expiry=expiries[0] if expiries else None,
        earlier=beside.earlier,
        next_week=beside.next_week,
        **found,
    )


def _told(
    report: WeeklyReport, seller: Seller, entries: Mapping[int, Sequence[PointsEntry]], messages: Mapping[int, Message]
) -> ReportedWeek:
    own = entries[seller.pk]
    counting = [entry for entry in own if entry.expires_at > report.run.ends_at]
    return ReportedWeek(seller, _readable(report, own, messages), counting)


def _readable(
    report: WeeklyReport, entries: Sequence[PointsEntry], messages: Mapping[int, Message]
) -> dict[str, list[dict[str, Any]]]:
    """What a report lists, with moments as datetimes, policies by code and name, and what messages are called."""
    detail = {name: [_with_moments(row) for row in rows] for name, rows in report.detail.items()}
    codes = {entry.pk: entry.violation.policy.code for entry in entries}
    for row in detail.get("entries", []):
        row["code"] = codes[row["id"]]
    for row in [*detail.get("violations", []), *detail.get("entries", [])]:
        row["policy"] = report.run.rules["policies"][row["code"]]["name"]
    for row in detail.get("messages", []):
        message = messages[row["id"]]
        row |= {"subject": message.subject, "language": message.notice_language}
    return detail


def _with_moments(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **{key: datetime.fromisoformat(row[key]) for key in row if key.endswith("_at") and row[key]}}


def _entries(seller_ids: Collection[int], run: ReportRun) -> dict[int, list[PointsEntry]]:
    """The entries that counted when the week started and those recorded in it: they never change, and none is added."""
    known = PointsEntry.objects.filter(seller__in=list(seller_ids)).known(before=run.ends_at)
    told = known.filter(Q(recorded_at__gte=run.starts_at) | Q(expires_at__gt=run.starts_at))
    entries: dict[int, list[PointsEntry]] = {seller_id: [] for seller_id in seller_ids}
    for entry in told.select_related("violation__policy_version__policy").order_by("effective_at", "id"):
        as_kept(entry.violation.policy, run)
        entries[entry.seller_id].append(entry)
    return entries


# --- Policies


def _policies(counts: Mapping[str, Sequence[int]], run: ReportRun, *, weeks: int) -> list[PolicyWeeks]:
    """The policies breached in the week or the week before, the most frequent first.

    ``weeks`` is how many weeks before have a report of the seller's; those before are left out.
    """
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


def _nearest(run: ReportRun, seller: Seller) -> list[tuple[bool, Mapping[str, Any]]]:
    """The workshops that a seller's report shows, with whether each is in their city."""
    if not seller.signed_up_to_sell:
        return []
    city = seller.city.casefold()
    found = [(one["city"].casefold() == city, one) for one in run.workshops]
    found.sort(key=lambda pair: not pair[0])  # the order by time stays
    return found[:WORKSHOPS_SHOWN]


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

"""The explanation of a seller's standing at any moment: the total, the entries in it, and the enforcement in force.

The page for sellers, the page for staff and the API all show what ``explain`` answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from django.db.models import QuerySet

from kit.database.reading import read_together
from sellers.models import Seller

from .. import rules
from ..models import Appeal, EnforcementAction, EnforcementActionQuerySet, Milestone, PointsEntry
from .rules_changes import market_rules
from .standing import Standing, standing_of, standing_reads


class LedgerTab(Enum):
    """Which entries of the ledger to list, as seen from a moment."""

    COUNTING = "counting"
    EXPIRED = "expired"
    ALL = "all"


class Timeframe(Enum):
    """Where the moment lies that is explained."""

    PAST = "past"
    NOW = "now"
    FUTURE = "future"


class LedgerEntry(NamedTuple):
    """A ledger entry in short, with what its violation was about. It counts from ``effective_at`` until before
    ``expires_at``."""

    id: int
    kind: str
    points: int
    effective_at: datetime
    expires_at: datetime
    recorded_at: datetime
    corrects_id: int | None
    violation_id: int
    content_kind: str
    policy_code: str
    policy_name: str

    def counts(self, *, as_of: datetime) -> bool:
        return self.effective_at <= as_of < self.expires_at


@dataclass(frozen=True)
class RecordedSince:
    """What was recorded after a past moment and bears on it.

    ``late`` would have counted then, had it been known: violations that were issued before the moment and recorded
    after it. ``corrections`` took points off entries that counted then, from later on. ``lifted`` are the actions in
    force then that were lifted since.
    """

    total: int
    late: Sequence[LedgerEntry]
    corrections: Sequence[LedgerEntry]
    lifted: Sequence[EnforcementAction]

    def __bool__(self) -> bool:
        return bool(self.late or self.corrections or self.lifted)


@dataclass(frozen=True)
class LedgerFacts:
    """What explanations of all moments are made of: ledger and actions, the latest first, and all milestones."""

    ledger: Sequence[LedgerEntry]
    actions: Sequence[EnforcementAction]
    milestones: Sequence[Milestone]


@dataclass(frozen=True)
class Explanation:
    """Why a seller stood as it did, or will stand as it will, at ``as_of``, as seen from ``now``.

    ``standing.total`` is the sum of ``entries[LedgerTab.COUNTING]``: both come from one read of the ledger.
    ``known_at`` is until when something had to be recorded to be taken into account, ``None`` if everything is.
    ``total_changes`` is how the total changes over all time, as this explanation tells it at each moment.
    """

    seller: Seller
    as_of: datetime
    now: datetime
    known_at: datetime | None
    facts: LedgerFacts
    standing: Standing
    entries: dict[LedgerTab, Sequence[LedgerEntry]]
    recorded_since: RecordedSince
    total_changes: Sequence[rules.TotalChange]
    periods: Sequence[rules.PointsPeriod]
    actions: Sequence[EnforcementAction]
    moments: Sequence[datetime]

    @property
    def total(self) -> int:
        return self.standing.total

    @property
    def counting(self) -> Sequence[LedgerEntry]:
        return self.entries[LedgerTab.COUNTING]

    @property
    def timeframe(self) -> Timeframe:
        if self.as_of == self.now:
            return Timeframe.NOW
        return Timeframe.PAST if self.as_of < self.now else Timeframe.FUTURE

    @property
    def previous_change(self) -> datetime | None:
        """The last moment before ``as_of`` at which the total or the enforcement changed."""
        return max((moment for moment in self.moments if moment < self.as_of), default=None)

    @property
    def next_change(self) -> datetime | None:
        """The first moment after ``as_of`` at which the total or the enforcement changes, as far as is known now."""
        return min((moment for moment in self.moments if moment > self.as_of), default=None)


def explain(
    *,
    seller: Seller,
    as_of: datetime,
    now: datetime,
    known_at: datetime | None = None,
    beside: Iterable[QuerySet[Any, Any]] = (),
) -> Explanation:
    """Explain a seller's standing at a moment, past, present or future (2 queries, 3 of the past).

    A past moment is told as it was known then: an entry counts if it was recorded by ``known_at``, which is ``as_of``
    unless the caller says otherwise; what was recorded later is in ``recorded_since``. For the present and the future
    everything recorded counts, and the future is what will be if nothing else happens. Milestones and numbers are those
    of then. Reads ``beside`` come with the facts: these have their rows afterwards.
    """
    return explain_again(_facts_of(seller, beside), seller=seller, as_of=as_of, now=now, known_at=known_at)


def explain_again(
    facts: LedgerFacts, *, seller: Seller, as_of: datetime, now: datetime, known_at: datetime | None = None
) -> Explanation:
    """The explanation of another moment from facts that are at hand (no query, 1 of the past)."""
    known_at = known_at or (as_of if as_of < now else None)
    entries = _entries_as_of(facts.ledger, as_of=as_of, known_at=known_at)
    counting = entries[LedgerTab.COUNTING]
    market = market_rules(seller.market, as_of=as_of) if as_of < now else seller.market
    total = sum(entry.points for entry in counting)
    standing = standing_of(total, milestones=facts.milestones, actions=facts.actions, as_of=as_of, market=market)
    periods = [_period(entry, now=now) for entry in facts.ledger]
    total_changes = rules.total_changes(periods)
    return Explanation(
        seller=seller,
        as_of=as_of,
        now=now,
        known_at=known_at,
        facts=facts,
        standing=standing,
        entries=entries,
        recorded_since=_recorded_since(facts.ledger, standing, counting=counting, known_at=known_at),
        total_changes=total_changes,
        periods=periods,
        actions=facts.actions,
        moments=sorted({change.at for change in total_changes} | _moments_of(facts.actions)),
    )


def _entries_as_of(
    ledger: Sequence[LedgerEntry], *, as_of: datetime, known_at: datetime | None
) -> dict[LedgerTab, Sequence[LedgerEntry]]:
    """The entries that had taken effect and were known: those that counted, those that were over, and all."""
    seen = [
        entry for entry in ledger if entry.effective_at <= as_of and (known_at is None or entry.recorded_at <= known_at)
    ]
    return {
        LedgerTab.COUNTING: [entry for entry in seen if entry.counts(as_of=as_of)],
        LedgerTab.EXPIRED: [entry for entry in seen if entry.expires_at <= as_of],
        LedgerTab.ALL: seen,
    }


def whole_entries(ledger: Sequence[LedgerEntry]) -> dict[int, tuple[PointsEntry, Appeal | None]]:
    """Some entries in full by their ids, each with its violation and the granted appeal behind it (1 query)."""
    entries = PointsEntry.objects.filter(pk__in=[entry.id for entry in ledger])
    entries = entries.select_related("violation__policy_version__policy", "violation__content", "created_by")
    granted = Appeal.objects.filter(
        violation__in={entry.violation_id for entry in ledger},
        state__in=[Appeal.State.GRANTED, Appeal.State.PARTLY_GRANTED],
    )
    read_together(entries, granted)
    appeals = {(PointsEntry.Source.APPEAL.value, appeal.violation_id): appeal for appeal in granted}
    return {entry.pk: (entry, appeals.get((entry.source, entry.violation_id))) for entry in entries}


_ABOUT = {
    "content_kind": "violation__content_kind",
    "policy_code": "violation__policy_version__policy__code",
    "policy_name": "violation__policy_version__policy__name",
}
"""Where an entry finds what its violation was about."""


def _facts_of(seller: Seller, beside: Iterable[QuerySet[Any, Any]]) -> LedgerFacts:
    """All of a seller's ledger in one read, and everything else in another."""
    columns = [_ABOUT.get(field, field) for field in LedgerEntry._fields]
    rows = PointsEntry.objects.filter(seller=seller).values_list(*columns)
    milestones, actions = standing_reads(seller)
    read_together(milestones, actions, *beside)
    return LedgerFacts([LedgerEntry(*row) for row in rows], list(actions), list(milestones))


def _period(entry: LedgerEntry, *, now: datetime) -> rules.PointsPeriod:
    """When an explanation counts an entry: from when it was recorded, which is never before it takes effect.

    One that is dated a little ahead of now, because clocks of machines differ, is known now.
    """
    start = max(entry.effective_at, min(entry.recorded_at, now))
    return rules.PointsPeriod(entry.points, start, max(start, entry.expires_at))


def _recorded_since(
    ledger: Sequence[LedgerEntry], standing: Standing, *, counting: Sequence[LedgerEntry], known_at: datetime | None
) -> RecordedSince:
    if known_at is None:
        return RecordedSince(standing.total, [], [], [])
    late = [entry for entry in ledger if entry.recorded_at > known_at and entry.counts(as_of=standing.as_of)]
    ids = {entry.id for entry in counting}
    corrections = [
        entry for entry in ledger if entry.corrects_id in ids and entry.recorded_at > known_at and entry not in late
    ]
    return RecordedSince(
        total=standing.total + sum(entry.points for entry in late),
        late=late,
        corrections=corrections,
        lifted=[action for action in [*standing.in_force, *standing.upcoming] if action.lifted_at],
    )


def actions_of(*, seller: Seller) -> EnforcementActionQuerySet:
    """All enforcement actions of a seller with what is behind them, the last announced first."""
    actions = EnforcementAction.objects.filter(seller=seller).order_by("-noticed_at", "-milestone_points", "-id")
    return actions.select_related("milestone", "notice", "violation__policy_version__policy")


def _moments_of(actions: Sequence[EnforcementAction]) -> set[datetime]:
    """When actions were announced, started, and ended or were lifted, or will."""
    moments = {action.noticed_at for action in actions} | {action.end for action in actions if action.end}
    return moments | {action.starts_at for action in actions if action.takes_effect}

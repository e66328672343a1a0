"""The points ledger: what a total is made of, how it came about, and what will expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from django.db.models import Count, Q

from sellers.models import Seller
from sellers.rules import local_date, local_midnight

from .. import rules
from ..models import PointsEntry, PointsEntryQuerySet


class LedgerShow(Enum):
    """Which lines of the ledger to list, as seen from a moment."""

    COUNTING = "counting"
    EXPIRED = "expired"
    ALL = "all"


@dataclass(frozen=True)
class Ledger:
    """A seller's ledger as seen from ``at``. ``total`` is the sum of the entries that count then (``COUNTING``)."""

    at: datetime
    total: int
    counts: dict[LedgerShow, int]
    entries: dict[LedgerShow, PointsEntryQuerySet]


def get_ledger(*, seller: Seller, at: datetime) -> Ledger:
    """The ledger at a moment, past or future (2 queries; the entries are querysets, the latest first)."""
    effective = PointsEntry.objects.filter(seller=seller, effective_at__lte=at)
    listed = effective.select_related("violation__policy_version__policy", "violation__content")
    counting = listed.counting(at=at)
    numbers = effective.order_by().aggregate(
        everything=Count("pk"),
        counting=Count("pk", filter=Q(expires_at__gt=at)),
        expired=Count("pk", filter=Q(expires_at__lte=at)),
    )
    return Ledger(
        at=at,
        total=counting.total(),
        counts={
            LedgerShow.COUNTING: numbers["counting"],
            LedgerShow.EXPIRED: numbers["expired"],
            LedgerShow.ALL: numbers["everything"],
        },
        entries={
            LedgerShow.COUNTING: counting,
            LedgerShow.EXPIRED: listed.filter(expires_at__lte=at),
            LedgerShow.ALL: listed,
        },
    )


def spans_of(*, seller: Seller, since: datetime) -> list[rules.Span]:
    """All entries of a seller that count at ``since`` or later, as spans (1 query)."""
    entries = PointsEntry.objects.filter(seller=seller, expires_at__gt=since)
    return [rules.Span(*row) for row in entries.values_list("points", "effective_at", "expires_at")]


def history_start(*, seller: Seller, now: datetime, days: int) -> datetime:
    """The first moment (UTC) of the local day ``days`` days before today."""
    zone = seller.market.zone
    return local_midnight(local_date(now, zone=zone) - timedelta(days=days), zone=zone)


def points_history(*, seller: Seller, spans: list[rules.Span], now: datetime, days: int) -> list[tuple[date, int]]:
    """The total at the end of each of the last ``days`` local days and now; ``spans`` reach back as far."""
    zone = seller.market.zone
    today = local_date(now, zone=zone)
    calendar = [today - timedelta(days=back) for back in range(days, -1, -1)]
    return list(zip(calendar, rules.totals_by_day(spans, days=calendar, now=now, zone=zone), strict=True))

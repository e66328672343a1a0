"""Points of a week: entries of the ledger, what counts at its end, and what expires."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from violations.models import PointsEntry

from ..selectors import ExpiringPoints, SellerWeek
from ..wording import report as wording
from .links import violation_path
from .nodes import EntryItem, ExpiringViolation, ExpiryItem, Figures
from .tree import Ledger


def ledger_of(week: SellerWeek, numbers: Figures) -> Ledger:
    """The points of a week."""
    return Ledger(
        balance=_balance(numbers),
        entries=list(_entries(week)),
        counting=[_kept("counting", entry, week) for entry in week.counting],
        expiring=[_expiry(one, week) for one in week.expiring],
        expiry_sentence=wording.expiry_sentence(
            total=numbers.points_at_end,
            points=sum(one.expiry.points for one in week.expiring),
            next_expiry=week.next_expiry,
        ),
    )


def _balance(numbers: Figures) -> str:
    return wording.balance_sentences(
        start=numbers.points_at_start,
        points_in=numbers.points_in,
        points_out=numbers.points_out,
        expired=numbers.points_expired,
    )


def _entries(week: SellerWeek) -> Iterator[EntryItem]:
    """What came in, what went out, and what expired."""
    yield from (_recorded(row, week) for row in week.entries if row["points"] > 0)
    yield from (_recorded(row, week) for row in week.entries if row["points"] < 0)
    yield from (_kept("expired", entry, week) for entry in week.expired)


def _recorded(row: Mapping[str, Any], week: SellerWeek) -> EntryItem:
    return EntryItem(
        kind=row["kind"],
        id=row["id"],
        policy=row["policy"],
        policy_code=row["code"],
        what=_what(row["points"], row["reason"]),
        reason=row["reason"],
        points=row["points"],
        recorded_at=row["recorded_at"],
        expires_at=row["expires_at"],
        href=violation_path(week.seller, row["violation_id"]),
    )


def _kept(kind: str, entry: PointsEntry, week: SellerWeek) -> EntryItem:
    """An entry that the report keeps by its id only: what expired leaves the total."""
    policy, is_over = entry.violation.policy, kind == "expired"
    return EntryItem(
        kind=kind,
        id=entry.pk,
        policy=policy.name,
        policy_code=policy.code,
        what=_("Expired") if is_over else _what(entry.points, entry.reason),
        reason=entry.reason,
        points=-entry.points if is_over else entry.points,
        recorded_at=entry.recorded_at,
        expires_at=entry.expires_at,
        href=violation_path(week.seller, entry.violation_id),
    )


def _what(points: int, reason: str) -> str:
    return _("Assessed") if points > 0 else reason


def _expiry(expiring: ExpiringPoints, week: SellerWeek) -> ExpiryItem:
    """With each violation whose points expire, and what is left of them."""
    left: dict[int, int] = defaultdict(int)
    names: dict[int, str] = {}
    for entry in expiring.entries:
        left[entry.violation_id] += entry.points
        names[entry.violation_id] = entry.violation.policy.name
    found = [ExpiringViolation(names[pk], n, violation_path(week.seller, pk)) for pk, n in left.items() if n]
    return ExpiryItem(expiring.expiry.at, expiring.expiry.points, expiring.expiry.total, found)

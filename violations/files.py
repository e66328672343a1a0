"""Violations and entries of the ledger as data: the files that a seller downloads. docs/files.md names every field."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from kit.documents.records import Record, exact
from sellers.models import Seller

from .models import PointsEntry, PointsEntryQuerySet, Violation

ENTRY_FIELDS = [
    "entry", "violation", "reference", "policy", "policy_name", "content_kind", "content", "kind", "source", "points",
    "effective_at", "expires_at", "recorded_at", "reason",
]  # fmt: skip

VIOLATION_FIELDS = [
    "violation", "reference", "policy", "policy_name", "content_kind", "content", "content_url", "issued_at",
    "recorded_at", "points", "points_left", "points_until", "appeal_until", "appeal", "voided_at", "void_reason",
]  # fmt: skip

ROWS_AT_ONCE = 500


def entries_of(seller: Seller, now: datetime) -> PointsEntryQuerySet:
    """The entries of a seller's ledger until a moment, in the order in which they were recorded."""
    entries = PointsEntry.objects.filter(seller=seller, recorded_at__lte=now)
    entries = entries.select_related("violation__policy_version__policy")
    return entries.order_by("recorded_at", "id")


def entry_record(entry: PointsEntry, *, zone: ZoneInfo) -> Record:
    """An entry with the violation that it is about, as a bookkeeper wants it."""
    return {
        "entry": entry.pk,
        **_what_it_is_about(entry.violation),
        "kind": entry.kind,
        "source": entry.source,
        "points": entry.points,
        "effective_at": exact(entry.effective_at, zone=zone),
        "expires_at": exact(entry.expires_at, zone=zone),
        "recorded_at": exact(entry.recorded_at, zone=zone),
        "reason": entry.reason,
    }


def violation_record(violation: Violation, *, zone: ZoneInfo) -> Record:
    """A violation with ``points_left``, ``points_until`` and ``filed_appeals``, as the selectors add them."""
    appeals: list[str] = [appeal.state for appeal in violation.filed_appeals]  # type: ignore[attr-defined]  # with_appeals
    return {
        **_what_it_is_about(violation),
        "content_url": violation.content_url,
        "issued_at": exact(violation.issued_at, zone=zone),
        "recorded_at": exact(violation.recorded_at, zone=zone),
        "points": violation.decided_points,
        "points_left": violation.points_left,  # type: ignore[attr-defined]  # violations_of
        "points_until": exact(violation.points_until, zone=zone),  # type: ignore[attr-defined]  # violations_of
        "appeal_until": exact(violation.appeal_until, zone=zone),
        "appeal": "".join(appeals),
        "voided_at": exact(violation.voided_at, zone=zone),
        "void_reason": violation.void_reason,
    }


def _what_it_is_about(violation: Violation) -> Record:
    return {
        "violation": violation.pk,
        "reference": violation.external_id,
        "policy": violation.policy.code,
        "policy_name": violation.policy_name,
        "content_kind": violation.content_kind,
        "content": violation.content_title,
    }

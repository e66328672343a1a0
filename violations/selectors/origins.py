"""Where points come from: which policies were breached, and in which kind of content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from sellers.models import Content, Seller

from ..models import PointsEntry

NO_CONTENT = "none"
"""Stands for a violation in no content, where the ledger is narrowed to a kind."""

CONTENT_KINDS = (*Content.Kind.values, NO_CONTENT)


@dataclass(frozen=True)
class Origin:
    """Points that count and have one thing in common: a policy (its code) or a kind of content."""

    key: str
    name: str
    points: int


@dataclass(frozen=True)
class Origins:
    """A total as the sum of its origins, the most points first; each way adds up to the same."""

    by_policy: Sequence[Origin]
    by_content: Sequence[Origin]


def points_by_origin(*, seller: Seller, as_of: datetime) -> Origins:
    """Where the points come from that count at a moment (1 query)."""
    entries = PointsEntry.objects.filter(seller=seller).counting(as_of=as_of).order_by()
    policy = "violation__policy_version__policy__"
    rows = entries.values_list(f"{policy}code", f"{policy}name", "violation__content_kind").annotate(Sum("points"))
    policies: list[tuple[str, str, int]] = [(code, name, points) for code, name, _kind, points in rows]
    kinds = [(kind or NO_CONTENT, kind, points) for _code, _name, kind, points in rows]
    return Origins(by_policy=_summed(policies), by_content=_summed(kinds))


def _summed(rows: Iterable[tuple[str, str, int]]) -> list[Origin]:
    """One origin for each key; those whose points were all taken off are none."""
    found: dict[str, Origin] = {}
    for key, name, points in rows:
        found[key] = Origin(key, name, points + (found[key].points if key in found else 0))
    return sorted((one for one in found.values() if one.points), key=lambda one: (-one.points, one.name))


def entries_from(*, seller: Seller, policy: str, content: str) -> set[int]:
    """The entries of a seller's ledger, by id, about one policy or one kind of content, or both (1 query).

    ``policy`` is its code and ``content`` one of ``CONTENT_KINDS``; empty means any.
    """
    entries = PointsEntry.objects.filter(seller=seller).order_by()
    if policy:
        entries = entries.filter(violation__policy_version__policy__code=policy)
    if content:
        entries = entries.filter(violation__content_kind="" if content == NO_CONTENT else content)
    return set(entries.values_list("pk", flat=True))

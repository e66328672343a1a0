"""Where points come from: which policies were breached, and in which kind of content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sellers.models import Content

from .explanation import LedgerEntry

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


def points_by_origin(entries: Iterable[LedgerEntry]) -> Origins:
    """Where the points of some entries come from, usually of those that count."""
    entries = list(entries)
    return Origins(
        by_policy=_summed((entry.policy_code, entry.policy_name, entry.points) for entry in entries),
        by_content=_summed((entry.content_kind or NO_CONTENT, entry.content_kind, entry.points) for entry in entries),
    )


def _summed(rows: Iterable[tuple[str, str, int]]) -> list[Origin]:
    """One origin for each key; those whose points were all taken off are none."""
    points: dict[tuple[str, str], int] = defaultdict(int)
    for key, name, change in rows:
        points[key, name] += change
    origins = [Origin(key, name, total) for (key, name), total in points.items() if total]
    return sorted(origins, key=lambda one: (-one.points, one.name))


def entries_about(entries: Iterable[LedgerEntry], *, policy: str, content: str) -> list[LedgerEntry]:
    """Those about one policy or one kind of content, or both.

    ``policy`` is its code and ``content`` one of ``CONTENT_KINDS``; empty means any.
    """
    kind = "" if content == NO_CONTENT else content
    return [
        entry
        for entry in entries
        if (not policy or entry.policy_code == policy) and (not content or entry.content_kind == kind)
    ]

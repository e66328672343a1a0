"""How an entry of the ledger stands in a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..models import Appeal, PointsEntry
from ..selectors import LedgerEntry, whole_entries
from ..wording.ledger import narrowed_words, recorded_by, source_words


@dataclass(frozen=True)
class EntryLine:
    """An entry with what led to it and who recorded it, in words; ``appeal`` is the one behind it, if one is."""

    entry: PointsEntry
    appeal: Appeal | None
    source_words: str
    recorded_by: str


def narrowed_to(ledger: Iterable[LedgerEntry], *, policy: str, content: str) -> str:
    """What the lines of a ledger are narrowed to, in words; empty if they are not.

    A policy that none of its entries is about goes by its code.
    """
    name = next((entry.policy_name for entry in ledger if entry.policy_code == policy), policy)
    return narrowed_words(policy=name, content=content)


def entry_lines(*ledgers: Sequence[LedgerEntry]) -> list[list[EntryLine]]:
    """Some lists of entries as tables show them (1 query for all)."""
    found = whole_entries([entry for ledger in ledgers for entry in ledger])
    return [[_line(*found[entry.id]) for entry in ledger] for ledger in ledgers]


def _line(entry: PointsEntry, appeal: Appeal | None) -> EntryLine:
    return EntryLine(entry, appeal, source_words(entry), recorded_by(entry))

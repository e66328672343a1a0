"""How an entry of the ledger stands in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.models import Policy

from ..models import Appeal, PointsEntry
from ..selectors import LedgerEntry, appeals_behind, whole_entries
from ..wording.ledger import narrowed_words, recorded_by, source_words


@dataclass(frozen=True)
class EntryLine:
    """An entry with what led to it and who recorded it, in words; ``appeal`` is the one behind it, if one is."""

    entry: PointsEntry
    appeal: Appeal | None
    source_words: str
    recorded_by: str


def narrowed_to(*, policy: str, content: str) -> str:
    """What the lines of the ledger are narrowed to, in words; empty if they are not (1 query for a policy)."""
    name = Policy.objects.filter(code=policy).values_list("name", flat=True).first() or policy if policy else ""
    return narrowed_words(policy=name, content=content)


def entry_lines(ledger: Sequence[LedgerEntry]) -> list[EntryLine]:
    """Some entries in their order, as a table shows them (2 queries)."""
    entries = whole_entries(ledger)
    appeals = appeals_behind(entries)
    return [EntryLine(entry, appeals.get(entry.pk), source_words(entry), recorded_by(entry)) for entry in entries]

"""How an entry of the ledger stands in a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from kit.formatting import deadline_words, moment_words
from sellers.models import Content

from ..models import Appeal, PointsEntry
from ..selectors import LedgerEntry, whole_entries
from ..wording.ledger import counts_words, narrowed_words, recorded_by, recorded_words, source_words, until_words


@dataclass(frozen=True)
class EntryLine:
    """An entry with what led to it, in words; ``appeal`` is the one behind it, if one is.

    A page has fifty, and what it says of one stands in several places: so a line says it once, when it is asked.
    """

    entry: PointsEntry
    appeal: Appeal | None
    source_words: str
    zone: ZoneInfo

    @property
    def kind(self) -> str:
        return str(PointsEntry.Kind(self.entry.kind).label)

    @cached_property
    def content(self) -> str:
        """The kind of its content, empty if it is about none."""
        kind = self.entry.violation.content_kind
        return str(Content.Kind(kind).label) if kind else ""

    @cached_property
    def starts(self) -> str:
        return moment_words(self.entry.effective_at, zone=self.zone)

    @cached_property
    def ends(self) -> str:
        return deadline_words(self.entry.expires_at, zone=self.zone)

    @property
    def until(self) -> str:
        return until_words(self.ends)

    @property
    def counts(self) -> str:
        return counts_words(self.starts, self.ends)

    @property
    def recorded_by(self) -> str:
        return recorded_by(self.entry)

    @property
    def recorded(self) -> str:
        return recorded_words(moment_words(self.entry.recorded_at, zone=self.zone), person=self.recorded_by)


def narrowed_to(ledger: Iterable[LedgerEntry], *, policy: str, content: str) -> str:
    """What the lines of a ledger are narrowed to, in words; empty if they are not.

    A policy that none of its entries is about goes by its code.
    """
    name = next((entry.policy_name for entry in ledger if entry.policy_code == policy), policy)
    return narrowed_words(policy=name, content=content)


def entry_lines(*ledgers: Sequence[LedgerEntry], zone: ZoneInfo) -> list[list[EntryLine]]:
    """Some lists of entries as tables show them, their moments in ``zone`` (1 query for all)."""
    found = whole_entries([entry for ledger in ledgers for entry in ledger])
    return [[_line(*found[entry.id], zone=zone) for entry in ledger] for ledger in ledgers]


def _line(entry: PointsEntry, appeal: Appeal | None, *, zone: ZoneInfo) -> EntryLine:
    return EntryLine(entry, appeal, source_words(entry), zone)

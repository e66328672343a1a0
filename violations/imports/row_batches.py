"""Rows of a file of violations, taken together in batches: each batch is one transaction of an import or an upload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kit.api.items import BadRow, Problem, external_id_of
from kit.outcomes import Outcome, Result
from kit.tables.readers import Row

from ..services import ViolationDraft
from .columns import draft_of

EXTENSIONS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}
"""What the ending of a file's name says about its format."""

MAX_BATCH_BYTES = 8 * 1024 * 1024

Found = tuple[int, str, Problem]
"""A line, the external id that stands there, and what is wrong."""


@dataclass
class RowBatch:
    """Rows that are issued in one transaction: what each is, or what is wrong with it. ``last`` is the last line."""

    good: list[tuple[int, ViolationDraft]] = field(default_factory=list)
    bad: list[Found] = field(default_factory=list)
    last: int = 0
    rows: int = 0
    size: int = 0

    @property
    def drafts(self) -> list[ViolationDraft]:
        return [draft for _, draft in self.good]

    @property
    def bad_rows(self) -> int:
        """How many rows are no violation; one row can have several things wrong with it."""
        return len({line for line, _, _ in self.bad})

    def add(self, row: Row) -> None:
        self.last, self.rows, self.size = row.line, self.rows + 1, self.size + row.size
        if row.broken:
            self.bad.append((row.line, "", Problem(row.broken_field, row.broken)))
            return
        try:
            self.good.append((row.line, draft_of(row.values)))
        except BadRow as error:
            self.bad += [(row.line, external_id_of(row.values), problem) for problem in error.problems]

    def problems(self, outcomes: Sequence[Outcome]) -> list[Found]:
        """All that is wrong, by line: with the rows themselves, and what was refused of the good ones."""
        refused = [
            (line, outcome.external_id, Problem(outcome.field, outcome.reason))
            for (line, _), outcome in zip(self.good, outcomes, strict=True)
            if outcome.result is Result.REFUSED
        ]
        return sorted(self.bad + refused, key=lambda found: found[0])


def batches(rows: Iterator[Row], size: int, *, after: int = 0) -> Iterator[RowBatch]:
    """Rows in batches of ``size``. Fewer where they are so long that a batch of them would take much memory.

    Rows up to the line ``after`` are passed over.
    """
    batch = RowBatch()
    for row in rows:
        if row.line <= after:
            continue
        batch.add(row)
        if batch.rows == size or batch.size >= MAX_BATCH_BYTES:
            yield batch
            batch = RowBatch()
    if batch.rows:
        yield batch

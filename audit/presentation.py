"""How pages of the admin show what the audit trail holds; its exports keep the values as they are stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.dateformat import format as format_moment
from django.utils.text import Truncator

from kit.backoffice.names import name_words

from .models import AuditEntry
from .snapshots import Change
from .text_diff import Piece, compare
from .wording import choice_words, field_words, row_words, truth_words

FOLDED_FROM = 120
"""Characters from which a text is folded, to be compared word by word."""
MAX_COMPARED = 20_000
"""Characters from which two texts are no longer compared: that takes time with their product."""
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC")
"""How the trail writes moments down."""


@dataclass(frozen=True)
class ChangeRow:
    """A change as a page shows it: two values side by side, or the pieces of two long texts behind a summary."""

    label: str
    of: str
    before: str = ""
    after: str = ""
    pieces: tuple[Piece, ...] = ()

    @property
    def summary(self) -> str:
        start = next((piece.text for piece in self.pieces if piece.state != "same"), "")
        return Truncator(start.strip()).chars(FOLDED_FROM)


@dataclass(frozen=True)
class ShownEntry:
    """An entry of the trail with what a page shows beside its fields."""

    entry: AuditEntry

    @property
    def rows(self) -> list[ChangeRow]:
        return rows_of(self.entry)


def history_url(entry: AuditEntry) -> str | None:
    """The history of the object an entry is about, if its kind has pages in the admin."""
    if not entry.object_id:
        return None
    try:
        return reverse(f"admin:{entry.kind.replace('.', '_')}_history", args=[entry.object_id])
    except NoReverseMatch:
        return None


def rows_of(entry: AuditEntry) -> list[ChangeRow]:
    """The changes of an entry for a page; what they belong to is named once, at the first of them."""
    rows, last = [], ""
    for change in _telling(entry):
        of = _row_of(change)
        rows.append(_change_row(entry, change, of if of != last else ""))
        last = of
    return rows


def line_of(entry: AuditEntry) -> str:
    """The note of an entry and its changes in one line."""
    changes = "; ".join(_in_line(entry, change) for change in _telling(entry))
    return " ".join(filter(None, [entry.note, changes]))


def moment_words(moment: datetime) -> str:
    """In UTC, to the second: ``26 Nov 2026, 08:51:50``."""
    return format_moment(moment.astimezone(UTC), "j M Y, H:i:s")


def _telling(entry: AuditEntry) -> list[Change]:
    """The changes of an entry without the zeros and empty values of what was added."""
    return [change for change in entry.changes if not (_is_added(entry, change) and _is_nothing(change["to"]))]


def _is_added(entry: AuditEntry, change: Change) -> bool:
    """Whether a change is a value of a new record or row. The line that says that there is one is not."""
    of = change.get("of")
    return bool(change["field"]) and (of["did"] == "added" if of else entry.action == "add")


def _is_nothing(value: Any) -> bool:
    return not value and not isinstance(value, bool)


def _in_line(entry: AuditEntry, change: Change) -> str:
    before, after = _values(entry, change)
    words = after if change["from"] is None else f"{before} → {after}"
    field = f"{_label(entry, change)}: {words}" if change["field"] else ""
    return ": ".join(filter(None, [_row_of(change), field]))


def _row_of(change: Change) -> str:
    """The row that a change is of, if it belongs to the entry's object."""
    return row_words(change["of"]) if "of" in change else ""


def _label(entry: AuditEntry, change: Change) -> str:
    return field_words(_kind(entry, change), change["field"])


def _values(entry: AuditEntry, change: Change) -> tuple[str, str]:
    """Before and after, states as pages call them."""
    kind = _kind(entry, change)
    before, after = (
        choice_words(kind, change["field"], value) if isinstance(value, str) else value
        for value in (change["from"], change["to"])
    )
    return _in_words(before), _in_words(after)


def _kind(entry: AuditEntry, change: Change) -> str:
    """The kind of record that a change is of: a row that belongs to the entry's object, or the object."""
    return str(change["of"]["kind"]) if "of" in change else entry.kind


def _change_row(entry: AuditEntry, change: Change, of: str) -> ChangeRow:
    label = _label(entry, change)
    before, after = _values(entry, change)
    if len(before) + len(after) < FOLDED_FROM:
        return ChangeRow(label, of, before, after)
    before, after = (
        text if value is not None else "" for text, value in ((before, change["from"]), (after, change["to"]))
    )
    if before and after and len(before) + len(after) < MAX_COMPARED:
        return ChangeRow(label, of, pieces=tuple(compare(before, after)))
    both = (Piece("gone", before), Piece("new", after))
    return ChangeRow(label, of, pieces=tuple(piece for piece in both if piece.text))


def _in_words(value: Any) -> str:
    """A stored value as the admin writes it: numbers in groups, moments with the day first."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return truth_words(value)
    if isinstance(value, int | float):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(map(_in_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{name_words(key)}: {_in_words(one)}" for key, one in value.items())
    if MOMENT.fullmatch(value):
        return f"{moment_words(datetime.strptime(value, '%Y-%m-%d %H:%M:%S UTC').replace(tzinfo=UTC))} UTC"
    return str(value)

"""What a file of violations holds: its columns, and how one row becomes a `ViolationDraft` (docs/imports.md).

`row_files` reads the rows out of a file. Nothing here asks the database: whether a seller or a policy exists is for
the service that issues.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models

from sellers.models import Content, Seller

from .models import Policy, Violation
from .services import ContentDraft, ViolationDraft


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message says why to the person who sent it."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row. ``field`` is the column as the file calls it, empty if it is the row as a whole."""

    field: str
    reason: str


class BadRow(Exception):
    """A row that is no violation, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.reason for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Column:
    """A column of the file, called as the service calls the field. ``multiline`` ones can hold line breaks."""

    name: str
    required: bool = False
    max_length: int | None = None
    multiline: bool = False


def _length(model: type[models.Model], field: str) -> int | None:
    length: int | None = getattr(model._meta.get_field(field), "max_length", None)
    return length


COLUMNS = (
    Column("external_id", required=True, max_length=_length(Violation, "external_id")),
    Column("seller", required=True, max_length=_length(Seller, "external_id")),
    Column("policy", required=True, max_length=_length(Policy, "code")),
    Column("issued_at", required=True),
    Column("facts", required=True, multiline=True),
    Column("detection", required=True),
    Column("automated", required=True),
    Column("content_kind"),
    Column("content_id", max_length=_length(Content, "external_id")),
    Column("content_title", max_length=_length(Content, "title")),
    Column("content_url", max_length=_length(Content, "url")),
    Column("content_published_at"),
    Column("position"),
    Column("decision", multiline=True),
    Column("policy_section", max_length=_length(Violation, "policy_section")),
    Column("explanation", multiline=True),
)
BY_NAME = {column.name: column for column in COLUMNS}
REQUIRED = [column.name for column in COLUMNS if column.required]

MAX_POSITION = 2**31 - 1
TRUE, FALSE = {"true", "yes", "1"}, {"false", "no", "0"}
# Postgres keeps neither NUL nor half a surrogate pair, and no page has a use for the other control characters. A byte
# that is not UTF-8 was decoded as such a half (surrogateescape), so that the column it stands in can be named.
UNUSABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LINE_BREAK = re.compile(r"[\n\t\x85\u2028\u2029]")
SECONDS = re.compile(r"([0-9]{1,10})(\.0+)?")
CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9]):([0-5][0-9])")
WEB_ADDRESS = URLValidator(schemes=["http", "https"])


def check_header(names: Sequence[str]) -> None:
    """Raise ``UnreadableFile``, naming every missing, unknown and repeated column, unless a header can be used."""
    missing = [name for name in REQUIRED if name not in names]
    unknown = [_unknown(name) for name in names if name not in BY_NAME]
    repeated = sorted({name for name in names if names.count(name) > 1 and name in BY_NAME})
    faults = [
        f"{fault}: {', '.join(found)}"
        for fault, found in (("missing", missing), ("unknown", unknown), ("there twice", repeated))
        if found
    ]
    if faults:
        hint = " Columns are separated by commas." if len(names) == 1 and re.search(r"[;\t|]", names[0]) else ""
        raise UnreadableFile(f"The header cannot be used; columns {'; '.join(faults)}.{hint}")


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name[:100], BY_NAME, n=1)
    return f"{shown(name)} (did you mean {near[0]}?)" if near else shown(name)


def shown(value: object) -> str:
    """A value of the file as a message quotes it: short, on one line, in characters that every terminal can show."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}…"


def draft_of(values: Mapping[str, object]) -> ViolationDraft:
    """The violation that a row describes. Moments become UTC, so that the same one sent twice is the same.

    ``values`` are what stands under each column: text from CSV, any JSON value from NDJSON. Raises ``BadRow``.
    """
    row = _Row(values)
    issued_at, published_at = row.moment("issued_at"), row.moment("content_published_at")
    if issued_at and published_at and published_at > issued_at:
        row.refuse("content_published_at", "It lies after issued_at.")
    automated = row.truth("automated")
    parts: dict[str, Any] = {
        "external_id": row.text("external_id"),
        "seller_external_id": row.text("seller"),
        "policy_code": row.text("policy"),
        "facts": row.text("facts"),
        "detection": row.choice("detection", Violation.Detection),
        "content": row.content(published_at),
        "position_seconds": row.position("position"),
        "decision": row.text("decision"),
        "policy_section": row.text("policy_section"),
        "explanation": row.text("explanation"),
    }
    if row.problems or issued_at is None or automated is None:
        raise BadRow(sorted(row.problems, key=_place))
    return ViolationDraft(issued_at=issued_at, automated=automated, **parts)


def _place(problem: Problem) -> int:
    """Where the documentation lists the column."""
    return list(BY_NAME).index(problem.field) if problem.field in BY_NAME else len(BY_NAME)


class _Row:
    """Reads the values of one row and collects what is wrong with them."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = values
        self.problems = [Problem(name[:64], "There is no such column.") for name in values if name not in BY_NAME]

    def refuse(self, field: str, reason: str) -> None:
        """Note what is wrong; the first finding about a column is the one that is told."""
        if all(problem.field != field for problem in self.problems):
            self.problems.append(Problem(field, reason))

    def text(self, name: str) -> str:
        """The text under a column, trimmed, its lines ended by ``\\n``; empty if there is none or it is refused."""
        column, value = BY_NAME[name], self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            self.refuse(name, f"{shown(value)} is not text.")
            return ""
        text = (value or "").replace("\r\n", "\n").replace("\r", "\n").strip()
        if fault := _fault(text, column):
            self.refuse(name, fault)
            return ""
        return text

    def moment(self, name: str) -> datetime | None:
        if not (text := self.text(name)):
            return None
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.refuse(name, f"{shown(text)} is no moment; write it like 2026-11-18T14:30:00-05:00.")
        else:
            self.refuse(name, f"{shown(text)} has no offset from UTC; write it like 2026-11-18T14:30:00-05:00.")
        return None

    def truth(self, name: str) -> bool | None:
        value = self.values.get(name)
        if isinstance(value, bool):
            return value
        text = self.text(name).lower()
        if text and text not in TRUE | FALSE:
            self.refuse(name, f"{shown(text)} is neither true nor false.")
        return text in TRUE if text in TRUE | FALSE else None

    def choice(self, name: str, choices: type[models.TextChoices]) -> str:
        text = self.text(name).lower()
        if text and text not in choices.values:
            self.refuse(name, f"{shown(text)} is none of {', '.join(choices.values)}.")
        return text

    def position(self, name: str) -> int | None:
        """Seconds into the content, from seconds or hours, minutes and seconds."""
        value = self.values.get(name)
        text = str(value) if isinstance(value, float) else self.text(name)
        if not text:
            return None
        if match := CLOCK.fullmatch(text):
            hours, minutes, seconds = map(int, match.groups())
            return hours * 3600 + minutes * 60 + seconds
        match = SECONDS.fullmatch(text)
        if match and int(match[1]) <= MAX_POSITION:
            return int(match[1])
        self.refuse(name, f"{shown(text)} is no position; write whole seconds, or hours like 01:02:05.")
        return None

    def content(self, published_at: datetime | None) -> ContentDraft | None:
        """The content, if any of its columns holds something; then its kind, id and title are needed."""
        kind = self.choice("content_kind", Content.Kind)
        external_id, title, url = self.text("content_id"), self.text("content_title"), self.address("content_url")
        if not any(self._holds(name) for name in BY_NAME if name.startswith("content_")):
            return None
        for name in ("content_kind", "content_id", "content_title"):
            if not self._holds(name):
                self.refuse(name, "Content needs its kind, id and title.")
        return ContentDraft(kind=kind, external_id=external_id, title=title, url=url, published_at=published_at)

    def address(self, name: str) -> str:
        if text := self.text(name):
            try:
                WEB_ADDRESS(text)
            except ValidationError:
                self.refuse(name, f"{shown(text)} is no web address; it starts with https:// or http://.")
        return text

    def _holds(self, name: str) -> bool:
        value = self.values.get(name)
        return bool(value.strip()) if isinstance(value, str) else value is not None


def _fault(text: str, column: Column) -> str:
    """Why a text cannot stand under a column, empty if it can."""
    if column.required and not text:
        return "It is empty, and needed."
    if match := UNUSABLE.search(text):
        return _unusable(match)
    if not column.multiline and LINE_BREAK.search(text):
        return "It holds a line break or a tab."
    if column.max_length and len(text) > column.max_length:
        return f"It has {len(text):,} characters; at most {column.max_length} fit."
    return ""


def _unusable(match: re.Match[str]) -> str:
    code, place = ord(match[0]), f"at character {match.start() + 1:,}"
    if 0xDC80 <= code <= 0xDCFF:
        return f"The byte 0x{code - 0xDC00:02X} {place} is not UTF-8."
    if code >= 0xD800:
        return f"Half of a surrogate pair (U+{code:04X}) {place}."
    return f"A {'NUL' if code == 0 else 'control'} character (0x{code:02X}) {place}."


def empty(values: Mapping[str, object]) -> bool:
    """Whether nothing stands under any column, as in the rows that spreadsheets leave at the end."""
    return not any(value.strip() if isinstance(value, str) else value is not None for value in values.values())


def external_id_of(values: Mapping[str, object]) -> str:
    """What stands for the external id of a bad row, as far as it can be told."""
    value = values.get("external_id")
    return str(value)[:64] if isinstance(value, str | int) else ""

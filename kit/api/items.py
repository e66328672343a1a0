"""How one row of a file, or one item that the API was sent, is read: what stands under each column, checked by itself.

Nothing here asks the database. A file and the API refuse the same value under the same name in the same words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models

from ..dates import YEARS
from ..texts.characters import (
    BLANK,
    LINE_BREAK,
    composed,
    fault_in_id,
    fault_in_text,
    has_visible,
)
from ..texts.limits import with_line_breaks
from .faults import EMPTY, no_moment, none_of, outside_the_years, shown, too_long, without_offset


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row. ``field`` is the column as the file calls it, empty if it is the row as a whole."""

    field: str
    reason: str


class BadRow(Exception):
    """A row that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.reason for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Column:
    """A column of a file or a key of an item. ``multiline`` ones can hold line breaks; ``kind`` is for documentation:

    ``id``, ``text``, ``moment``, ``truth``, ``choice`` (one of ``choices``), ``position`` or ``address``.
    """

    name: str
    required: bool = False
    max_length: int | None = None
    multiline: bool = False
    kind: str = "text"
    choices: Sequence[str] = ()


def length_of(model: type[models.Model], field: str) -> int | None:
    """How many characters fit into a field of a model."""
    length: int | None = getattr(model._meta.get_field(field), "max_length", None)
    return length


TRUE, FALSE = {"true", "yes", "1"}, {"false", "no", "0"}
WEB_ADDRESS = URLValidator(schemes=["http", "https"])
# Also the most that Python's csv module takes in one value.
MAX_ROW_BYTES = 131_072
TOO_LONG = f"It takes more than {MAX_ROW_BYTES:,} bytes."


class RowReader:
    """Reads the values of one row and collects what is wrong with them. ``columns`` are those it can have, by name."""

    def __init__(self, values: Mapping[str, object], columns: Mapping[str, Column]) -> None:
        self.values, self.columns = values, columns
        self.problems = [Problem(name[:64], "There is no such field.") for name in values if name not in columns]
        if sum(len(value) for value in values.values() if isinstance(value, str)) > MAX_ROW_BYTES:
            self.problems.append(Problem("", TOO_LONG))

    def refuse(self, field: str, reason: str) -> None:
        """Note what is wrong; the first finding about a column is the one that is told."""
        if all(problem.field != field for problem in self.problems):
            self.problems.append(Problem(field, reason))

    def check(self) -> None:
        """Raise ``BadRow`` if anything was wrong, in the order in which the documentation lists the columns."""
        if self.problems:
            order = list(self.columns)
            raise BadRow(sorted(self.problems, key=lambda p: order.index(p.field) if p.field in order else len(order)))

    def text(self, name: str) -> str:
        """The text under a column, trimmed, its lines ended by ``\\n``; empty if there is none or it is refused."""
        column, value = self.columns[name], self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            self.refuse(name, f"{shown(value)} is not text.")
            return ""
        text = with_line_breaks(value or "").strip()
        if column.kind == "id":
            text = composed(text)
        if fault := _fault(text, column):
            self.refuse(name, fault)
            return ""
        return text

    def moment(self, name: str) -> datetime | None:
        if not (text := self.text(name)):
            return None
        try:
            moment = datetime.fromisoformat(text)
            utc = moment.astimezone(UTC) if moment.tzinfo else None
        except (ValueError, OverflowError):
            self.refuse(name, no_moment(text))
            return None
        if utc is None:
            self.refuse(name, without_offset(text))
        elif utc.year not in YEARS:
            self.refuse(name, outside_the_years(text))
            return None
        return utc

    def truth(self, name: str) -> bool | None:
        value = self.values.get(name)
        if isinstance(value, bool):
            return value
        text = self.text(name).lower()
        if text and text not in TRUE | FALSE:
            self.refuse(name, f"{shown(text)} is neither true nor false.")
        return text in TRUE if text in TRUE | FALSE else None

    def choice(self, name: str) -> str:
        text, choices = self.text(name).lower(), self.columns[name].choices
        if text and text not in choices:
            self.refuse(name, none_of(text, choices))
        return text

    def address(self, name: str) -> str:
        if text := self.text(name):
            try:
                WEB_ADDRESS(text)
            except ValidationError:
                self.refuse(name, f"{shown(text)} is no web address; it starts with https:// or http://.")
        return text

    def holds(self, name: str) -> bool:
        value = self.values.get(name)
        return bool(value.strip()) if isinstance(value, str) else value is not None


def _fault(text: str, column: Column) -> str:
    """Why a text cannot stand under a column, empty if it can."""
    if column.required and not text:
        return EMPTY
    if fault := fault_in_id(text) if column.kind == "id" else fault_in_text(text):
        return fault
    if column.required and not has_visible(text):
        return BLANK
    if not column.multiline and LINE_BREAK.search(text):
        return "It holds a line break or a tab."
    if column.max_length and len(text) > column.max_length:
        return too_long(len(text), longest=column.max_length)
    return ""


def empty(values: Mapping[str, object]) -> bool:
    """Whether nothing stands under any column, as in the rows that spreadsheets leave at the end."""
    return not any(value.strip() if isinstance(value, str) else value is not None for value in values.values())


def external_id_of(values: Mapping[str, object]) -> str:
    """What stands for the external id of a bad row, as far as it can be told."""
    value = values.get("external_id")
    return str(value)[:64] if isinstance(value, str | int) else ""


class Repeated:
    """Stands for a JSON object that has a key twice."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        """How a reason quotes it."""
        return f"An object with {self.name[:40]!r} twice"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object] | Repeated:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            return Repeated(name)
        names.add(name)
    return dict(pairs)


def _integer(digits: str) -> int | str:
    """A number with more digits than anything here has stays text, as does -0, which no number is written as again."""
    return int(digits) if len(digits) < 20 and digits != "-0" else digits


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer)
_SPACE = re.compile(r"[ \t\n\r]*")


def load_items(text: str, *, most: int) -> object:
    """As ``load_json``; of a list with more than ``most`` items only the first of those that are too many is read."""
    items: list[object] = []
    place = _after_space(text, 0)
    try:
        if text[place] != "[" or text[_after_space(text, place + 1)] == "]":
            return load_json(text)
        while text[place] in "[," and len(items) <= most:
            item, place = _DECODER.raw_decode(text, _after_space(text, place + 1))
            items.append(item)
            place = _after_space(text, place)
        if len(items) > most or (text[place] == "]" and _after_space(text, place + 1) == len(text)):
            return items
    except (ValueError, IndexError, RecursionError):
        pass
    return load_json(text)  # which says what is wrong with it


def _after_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def load_json(text: str) -> object:
    """What a JSON text says; an object with a key twice becomes `Repeated`. Raises ``BadRow`` for any other text."""
    try:
        found: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BadRow([Problem("", f"It is no JSON: {error.msg} at character {error.pos + 1}.")]) from None
    except (ValueError, RecursionError):
        raise BadRow([Problem("", "It is no JSON that can be read.")]) from None
    return found


def values_of(found: object) -> dict[str, object]:
    """The values of a row that came as JSON. Raises ``BadRow`` unless it is an object with each key once."""
    if isinstance(found, Repeated):
        raise BadRow([Problem(found.name[:64], "It stands there twice.")])
    if not isinstance(found, dict):
        raise BadRow([Problem("", "It is no JSON object: write each one as {…}.")])
    return found

"""Reads rows out of CSV and NDJSON files of any length, in bounded memory and with right line numbers.

Lines are read as bytes and cut at ``\n``. One that is longer than `MAX_ROW_BYTES` is dropped piece by piece while it is
read. A byte that is not UTF-8 is kept as half a surrogate pair. Who reads the row refuses it and names the column.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from kit.api.items import MAX_ROW_BYTES, BadRow, empty, takes_too_much
from kit.api.json_texts import load_json, values_of

from . import faults
from .columns import Columns, UnreadableFile

UTF_8_MARK = b"\xef\xbb\xbf"
LONE_CR = re.compile(rb"\r(?!\n|\Z)")
HEADER_WITHIN = 10
"""How many lines below a title the header is looked for, to say where it is."""


@dataclass(frozen=True)
class Row:
    """What stands in the file from ``line`` on; ``broken`` says why it has no values, if it has none."""

    line: int
    size: int
    values: Mapping[str, object] = field(default_factory=dict)
    broken: str = ""
    broken_field: str = ""


@dataclass(frozen=True)
class FileLine:
    """A line of the file. Of one that is too long, ``text`` only opens or ends a quoted value if the line does."""

    number: int
    text: str
    size: int
    too_long: bool = False


class FileLines(Iterator[FileLine]):
    """The lines of a file, numbered from 1. ``bytes_read`` grows while they are read."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.number = 0
        self.bytes_read = 0
        self.refuses_lone_cr = False

    def __next__(self) -> FileLine:
        piece = self._read()
        if not piece:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            piece = _without_mark(piece)
            if self.refuses_lone_cr and LONE_CR.search(piece):
                raise UnreadableFile(faults.ends_lines_with_cr())
        if len(piece) <= MAX_ROW_BYTES or piece.endswith(b"\n"):
            return FileLine(self.number, piece.decode("utf-8", "surrogateescape"), len(piece))
        quotes = piece.count(b'"')
        while piece and not piece.endswith(b"\n"):
            piece = self._read()
            quotes += piece.count(b'"')
        return FileLine(self.number, '"\n' if quotes % 2 else "x\n", 0, too_long=True)

    def _read(self) -> bytes:
        piece = self.stream.readline(MAX_ROW_BYTES + 1)
        self.bytes_read += len(piece)
        return piece


def _without_mark(start: bytes) -> bytes:
    if fault := faults.foreign(start):
        raise UnreadableFile(fault)
    return start.removeprefix(UTF_8_MARK)


def text_of(content: bytes) -> str:
    """A file that is read whole, as text. Raises ``UnreadableFile``, which says what it is, unless it is in UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(faults.foreign(content) or faults.not_utf_8()) from None
    if "\0" in text and (fault := faults.foreign(content)):
        raise UnreadableFile(fault)
    return text


def read_csv(lines: FileLines, columns: Columns) -> Iterator[Row]:
    """The rows of a CSV file. The header is checked at once: raises ``UnreadableFile`` before the first row."""
    source = _QuotedLines(lines)
    lines.refuses_lone_cr = True
    header = _read_header(source, columns)
    return _csv_rows(source, header)


def read_ndjson(lines: FileLines, columns: Columns) -> Iterator[Row]:
    """The rows of a file with one JSON object a line. Raises ``UnreadableFile`` at once if there is not even a line.

    Each names its own columns: whoever makes something of a row refuses one that has others.
    """
    first = next(lines, None)
    if first is None:
        raise UnreadableFile(faults.is_empty())
    return _ndjson_rows(first, lines)


READERS: dict[str, Callable[[FileLines, Columns], Iterator[Row]]] = {"csv": read_csv, "ndjson": read_ndjson}


class _RowTooLong(Exception):
    """A quoted value goes on over more lines than a row may take."""


class _QuotedLines(Iterator[str]):
    """Hands csv.reader the lines of one row after the other; it asks for more only inside a quoted value."""

    def __init__(self, lines: FileLines) -> None:
        self.lines = lines
        self.reader = csv.reader(self, strict=True)
        self.rest = ""
        self.start()

    def start(self) -> None:
        self.first, self.size = self.reader.line_num + 1, 0
        self.too_long = self.ended = False

    def __next__(self) -> str:
        if self.rest:
            text, self.rest = self.rest, ""
            return text
        line = next(self.lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.size += line.size
        self.too_long = self.too_long or line.too_long
        if self.size > MAX_ROW_BYTES and line.number > self.first:
            self.rest = f'"{line.text}'
            raise _RowTooLong
        return line.text

    def skip_rest(self) -> None:
        """Read on to the line in which a quoted value that is too long ends. Hold one line at a time."""
        while self.rest:
            with suppress(_RowTooLong, StopIteration, csv.Error):
                next(self.reader)

    @property
    def skipped(self) -> str:
        last = self.reader.line_num
        return faults.were_skipped(self.first, last) if last > self.first else ""


def _read_header(source: _QuotedLines, columns: Columns) -> list[str]:
    try:
        header = _first_row(source)
    except (csv.Error, _RowTooLong):
        raise UnreadableFile(faults.no_header()) from None
    if header is None:
        raise UnreadableFile(faults.is_empty())
    if source.too_long:
        raise UnreadableFile(faults.header_too_long())
    names = [name.strip() for name in header]
    try:
        columns.check(_named(names))
    except UnreadableFile as fault:
        raise UnreadableFile(_together(str(fault), _where_the_header_is(source, columns))) from None
    return names


def _first_row(source: _QuotedLines) -> list[str] | None:
    """The first row that is not blank, also below the line with which Excel is told what separates values."""
    rows = (row for row in source.reader if any(value.strip() for value in row))
    row = next(rows, None)
    if row and row[0].lower().startswith("sep="):
        if row != [row[0][:4], ""]:
            raise UnreadableFile(faults.not_separated_by_commas(row[0][4:5]))
        row = next(rows, None)
    return row


def _named(names: Sequence[str]) -> Sequence[str]:
    """The columns without those at the end that have no name, as spreadsheets leave them."""
    last = max((number for number, name in enumerate(names, start=1) if name), default=0)
    return names[:last]


def _where_the_header_is(source: _QuotedLines, columns: Columns) -> str:
    """What to do if the header stands below a title; empty if it does not."""
    for _number in range(HEADER_WITHIN):
        source.start()
        try:
            row = next(source.reader)
        except (StopIteration, csv.Error, _RowTooLong):
            return ""
        if {*columns.needed} <= {name.strip() for name in row}:
            return faults.header_stands_below(source.first)
    return ""


def _csv_rows(source: _QuotedLines, header: Sequence[str]) -> Iterator[Row]:
    while True:
        source.start()
        try:
            values = next(source.reader)
        except StopIteration:
            return
        except (csv.Error, _RowTooLong) as error:
            source.skip_rest()
            yield _broken(source, _csv_fault(source, error))
        else:
            row = _csv_row(source, header, values)
            if row.broken or not empty(row.values):
                yield row


def _csv_fault(source: _QuotedLines, error: Exception) -> str:
    if source.ended:
        return faults.never_closed()
    if isinstance(error, _RowTooLong):
        return takes_too_much()
    return faults.no_csv(error)


def _csv_row(source: _QuotedLines, header: Sequence[str], values: list[str]) -> Row:
    if source.too_long:
        return _broken(source, takes_too_much())
    if values and len(values) != len(header):
        return _broken(source, faults.other_number_of_values(len(values), columns=len(header)))
    names = _named(header)
    for number, value in enumerate(values[len(names) :], start=len(names) + 1):
        if value.strip():
            return _broken(source, faults.without_a_name(number))
    return Row(source.first, source.size, dict(zip(names, values, strict=False)))


def _broken(source: _QuotedLines, fault: str) -> Row:
    return Row(source.first, 0, broken=_together(fault, source.skipped))


def _together(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _ndjson_rows(first: FileLine, lines: FileLines) -> Iterator[Row]:
    line: FileLine | None = first
    while line is not None:
        if line.too_long:
            yield Row(line.number, 0, broken=takes_too_much())
        elif line.text.strip():
            yield _ndjson_row(line)
        line = next(lines, None)


def _ndjson_row(line: FileLine) -> Row:
    try:
        return Row(line.number, line.size, values_of(load_json(line.text)))
    except BadRow as error:
        (problem,) = error.problems
        return Row(line.number, 0, broken=problem.reason, broken_field=problem.field)

"""Tables as CSV that spreadsheets open and do not run. Every CSV that leaves the portal is made here."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

from django.http import HttpResponseBase

from ..texts.characters import BLANK
from .downloads import download

BYTE_ORDER_MARK = "\ufeff"  # Without it Excel takes UTF-8 for something else.
OPENERS = ("\t", "\r", "\n")
# What a spreadsheet takes for a formula where a cell begins. Half of Europe's split a line at semicolons, others at
# tabs, also inside of quotes that they do not see as such; so a cell begins after these too. Full-width signs count,
# and what nobody sees does not.
_CELL = r"(^|\r(?!\n)|[;\t\n\v\f\x85\u2028\u2029])"
_BEGINS = rf"""(?=(?:"|{BLANK})*[=+\-@\uff1d\uff0b\uff0d\uff20])"""
FORMULA = re.compile(_CELL + _BEGINS)
GUARDED = re.compile(f"{_CELL}'{_BEGINS}")


def csv_lines(fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file with a head, one at a time. A text that would be a formula gets an apostrophe."""
    yield BYTE_ORDER_MARK + _line([_harmless(name) for name in fields])
    yield from csv_rows(rows)


def csv_rows(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines that follow the head."""
    for row in rows:
        yield _line([_harmless(value) for value in row])


def csv_download(fields: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str) -> HttpResponseBase:
    """The same as a download, sent while it is made: its size does not matter."""
    return download(csv_lines(fields, rows), name=name, content_type="text/csv; charset=utf-8")


def _line(row: Sequence[Any]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow(row)
    return buffer.getvalue()


def _harmless(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    harmless = FORMULA.sub(r"\1'", value)
    return f"'{harmless}" if harmless.startswith(OPENERS) else harmless


def as_meant(text: str) -> str:
    """A text without the apostrophes that it was given here, for a file that comes back."""
    return GUARDED.sub(r"\1", text)

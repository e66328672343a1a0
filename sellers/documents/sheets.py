"""Tables as CSV that spreadsheets open and do not run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

BYTE_ORDER_MARK = "\ufeff"  # Without it Excel takes UTF-8 for something else.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file with a head, one at a time. A text that would be a formula gets an apostrophe."""
    yield BYTE_ORDER_MARK + _line(fields)
    for row in rows:
        yield _line([_harmless(value) for value in row])


def _line(row: Sequence[Any]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow(row)
    return buffer.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value

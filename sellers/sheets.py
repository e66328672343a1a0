"""Tables as CSV that spreadsheets open and do not run. Every CSV that leaves the portal is made here."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

from django.http import StreamingHttpResponse

BYTE_ORDER_MARK = "\ufeff"  # Without it Excel takes UTF-8 for something else.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file with a head, one at a time. A text that would be a formula gets an apostrophe."""
    yield BYTE_ORDER_MARK + _line(fields)
    for row in rows:
        yield _line([_harmless(value) for value in row])


def csv_download(fields: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str) -> StreamingHttpResponse:
    """The same as a download, sent while it is made: its size does not matter."""
    return StreamingHttpResponse(
        csv_lines(fields, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )


def _line(row: Sequence[Any]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow(row)
    return buffer.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value

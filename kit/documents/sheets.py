"""Tables as XLSX, the format of Excel. Texts are cells with texts: none becomes a formula by how it begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # it has no types
from django.http import HttpResponseBase

from .csv_files import FORMULA
from .downloads import download

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTH = 22
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def xlsx_download(fields: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str) -> HttpResponseBase:
    """A sheet with a head as a download."""
    return download(sheet(fields, rows), name=name, content_type=CONTENT_TYPE)


def sheet(fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The file.

    A text that would be a formula if somebody went into its cell gets a quote prefix: it is marked as a text.
    """
    file = BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as workbook:
        head, quoted = workbook.add_format({"bold": True}), workbook.add_format({"quote_prefix": True})
        quoted_head = workbook.add_format({"bold": True, "quote_prefix": True})
        page = workbook.add_worksheet()
        page.freeze_panes(1, 0)
        page.set_column(0, len(fields) - 1, WIDTH)
        for column, name in enumerate(fields):
            page.write_string(0, column, name, quoted_head if FORMULA.search(name) else head)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                page.write_string(number, column, str(value), quoted if FORMULA.search(str(value)) else None)
    return file.getvalue()

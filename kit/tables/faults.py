"""Why a file of rows cannot be read, as a whole or from some line on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.api.faults import shown
from kit.api.items import takes_too_much

FOREIGN = {
    rb"\xff\xfe|\xfe\xff|[^\x00]\x00[^\x00]\x00|\x00[^\x00]\x00": gettext_noop(
        "The file is in UTF-16; save it as UTF-8 (in Excel: CSV UTF-8)."
    ),
    rb"PK\x03\x04": gettext_noop(
        "The file is a spreadsheet or a zip file; open it there and save it as CSV (in Excel: CSV UTF-8)."
    ),
    rb"\xd0\xcf\x11\xe0": gettext_noop(
        "The file is an Excel workbook (.xls); open it there and save it as CSV (in Excel: CSV UTF-8)."
    ),
    rb"%PDF": gettext_noop("The file is a PDF; export the table as CSV from where it comes from."),
    rb"\s*<(!doctype|html|table|\?xml)": gettext_noop(
        "The file is a web page or XML, perhaps a spreadsheet's; open it there and save it as CSV "
        "(in Excel: CSV UTF-8)."
    ),
    rb"\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|\x28\xb5\x2f\xfd|Rar!": gettext_noop(
        "The file is compressed; unpack it first."
    ),
}
"""How files start that are something else, and what to do with them."""


def foreign(start: bytes) -> str:
    """What a file is that begins with ``start`` and is no text in UTF-8, and what to do with it; empty if it may be."""
    return next((_(said) for begins, said in FOREIGN.items() if re.match(begins, start, re.IGNORECASE)), "")


def not_utf_8() -> str:
    return _("The file is not in UTF-8. Save it again as UTF-8 text.")


def is_empty() -> str:
    return _("The file is empty.")


def ends_lines_with_cr() -> str:
    return _("Its lines end with CR alone, as on old Macs; save it as UTF-8 (in Excel: CSV UTF-8).")


def no_header() -> str:
    return _("The first line is no CSV header.")


def header_too_long() -> str:
    return _("The first line is no CSV header. %(fault)s") % {"fault": takes_too_much()}


def not_separated_by_commas(separator: str) -> str:
    said = _("Its first line says that %(separator)s separates the values; save it separated by commas.")
    return said % {"separator": repr(separator)}


def columns(*, missing: Sequence[str], unknown: Sequence[str], repeated: Sequence[str]) -> str:
    """What is wrong with the columns of a header, each kind of fault after the other."""
    faults = []
    if missing:
        faults.append(_("missing: %(names)s") % {"names": ", ".join(missing)})
    if unknown:
        faults.append(_("unknown: %(names)s") % {"names": ", ".join(unknown)})
    if repeated:
        faults.append(_("there twice: %(names)s") % {"names": ", ".join(repeated)})
    return _("The header cannot be used; columns %(faults)s.") % {"faults": "; ".join(faults)}


def unknown(name: str, *, near: str | None) -> str:
    if near is None:
        return shown(name)
    return _("%(name)s (did you mean %(near)s?)") % {"name": shown(name), "near": near}


def separate_by_commas() -> str:
    return _("Columns are separated by commas.")


def header_stands_below(line: int) -> str:
    return _("Line %(line)s looks like the header: take the lines above it away.") % {"line": line}


def never_closed() -> str:
    return _("A quote is opened and never closed.")


def no_csv(fault: object) -> str:
    return _("It is no CSV: %(fault)s.") % {"fault": fault}


def other_number_of_values(values: int, *, columns: int) -> str:
    said = ngettext(
        "It has %(count)s values, and the header %(columns)s column.",
        "It has %(count)s values, and the header %(columns)s columns.",
        columns,
    )
    return said % {"count": values, "columns": columns}


def without_a_name(column: int) -> str:
    return _("Something stands in column %(column)s, which has no name in the header.") % {"column": column}


def were_skipped(first: int, last: int) -> str:
    return _("Lines %(first)s to %(last)s were skipped.") % {"first": first, "last": last}

"""Why a text cannot be kept, in words; `characters` has the rules."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from .characters import composed, find_forbidden_in_id, find_unusable, first_unassigned


def blank() -> str:
    return _("It has no character that can be seen.")


def line_break() -> str:
    return _("It holds a line break or a tab.")


def fault_in_text(text: str) -> str:
    """Why a text cannot be kept, empty if it can."""
    match = find_unusable(text)
    return _unusable(match) if match else ""


def fault_in_id(text: str) -> str:
    """Why a text cannot be an id, empty if it can."""
    if match := find_unusable(text):
        return _unusable(match)
    if match := find_forbidden_in_id(text):
        said = _("A character that nobody sees (U+%(code)s) at character %(place)s: no id can hold it.")
        return said % _where(match)
    if composed(text) != text:
        return _("It is not in the composed form of Unicode (NFC).")
    if unknown := first_unassigned(text):
        said = _("The portal does not know the character U+%(code)s: no id can hold it.")
        return said % {"code": f"{ord(unknown):04X}"}
    return ""


def _unusable(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        said = _("The byte 0x%(byte)s at character %(place)s is not UTF-8.")
    elif 0xD800 <= code <= 0xDFFF:
        said = _("Half of a surrogate pair (U+%(code)s) at character %(place)s.")
    elif code > 0xFF:
        said = _("No character (U+%(code)s) at character %(place)s.")
    elif code:
        said = _("A control character (0x%(byte)s) at character %(place)s.")
    else:
        said = _("A NUL character (0x%(byte)s) at character %(place)s.")
    return said % _where(match)


def _where(match: re.Match[str]) -> dict[str, str]:
    """A character by its code and its place; half a surrogate pair may stand for a byte (see ``UNUSABLE``)."""
    code = ord(match[0])
    byte = code - 0xDC00 if code >= 0xDC00 else code
    return {"code": f"{code:04X}", "byte": f"{byte:02X}", "place": f"{match.start() + 1:,}"}

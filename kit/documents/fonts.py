"""Which characters the fonts of documents have, and what is written for those they lack.

A PDF/A must show every character that it holds. So one that no font has (most emoji, control characters) cannot go in
as itself. It is written as its name in brackets: whoever reads a record years later still learns what stood there.

Fonts come from wheels: Noto Sans (Latin, Greek, Cyrillic, Devanagari), Noto Sans Thai, Arabic and Hebrew, and Noto Sans
CJK. ``PDF_FONTS`` names further folders, see docs/operations.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from fontTools.ttLib import TTFont

FONT_PACKAGES = ("fontpkg_noto_sans", "fontpkg_noto_sans_thai", "justmytype_intl_rtl", "noto_cjk_sans_otc")
FONT_SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}

# Every document needs these, and Noto Sans has them all: text of nothing else needs no look at a font.
SIMPLE = re.compile(r"[\n\x20-\x7e\xa0-\xac\xae-\u017f\u2010-\u2014\u2018-\u201e\u2022\u2026\u2192\u2212]*")
LATIN = re.compile(r"[\n\x20-\x7e\xa0-\xac\xae-\xff\u2013\u2014\u2018-\u201d\u2026\u2212]")
# A longer run of letters than this gets places to break at. Scripts that break anywhere need none.
LONGEST_WORD = 30
LONG_WORD = re.compile(rf"[^\s\u0e00-\u0e7f\u2e80-\U0010ffff]{{{LONGEST_WORD + 1},}}")
BREAK_EVERY = 12
SPACE_TO_BREAK_AT = "\u200b"
# Characters that join or part letters mean something in these scripts (Arabic to Sinhala), else only in emoji.
JOINED_SCRIPTS = re.compile(r"[\u0600-\u0dff]")
JOINERS = re.compile(r"[\u200c\u200d]")
MARKS = {"Mn", "Me"}
MAX_MARKS = 30
"""On one character; what has more is no text of any language (Unicode, UAX 15: Stream-Safe Text)."""
NO_LETTERS = {"Cc", "Co", "Cn", "Cs"}
DIRECTION_OVERRIDES = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def font_folders() -> list[Path]:
    """Where the fonts lie, in order of preference."""
    found = [find_spec(name) for name in FONT_PACKAGES]
    packaged = [Path(spec.origin).parent for spec in found if spec and spec.origin]
    return packaged + [Path(folder) for folder in settings.PDF_FONTS]


def name_missing_glyphs(text: str) -> str:
    """``text`` with names for the characters that no font has, and with places to break very long words at."""
    text = text.replace("\r\n", "\n").replace("\t", " ")
    if not SIMPLE.fullmatch(text):
        if not JOINED_SCRIPTS.search(text):
            text = JOINERS.sub("", text)
        text = "".join(_with_glyphs(cluster) for cluster in _clusters(unicodedata.normalize("NFC", text)))
    return LONG_WORD.sub(_breakable, text)


def name_all_but_latin(text: str) -> str:
    """``text`` with names for everything but the plainest characters: what is left when fonts cannot combine some."""
    named = "".join(one if LATIN.fullmatch(one) else bracketed_name(one) for one in unicodedata.normalize("NFC", text))
    return LONG_WORD.sub(_breakable, named)


def bracketed_name(character: str) -> str:
    """What is written for a character: ``[grinning face]``, or ``[U+E000]`` for one without a name."""
    return f"[{unicodedata.name(character, '').lower() or f'U+{ord(character):04X}'}]"


def _clusters(text: str) -> Iterator[str]:
    """Each character with the marks that sit on it: one font must have them all. Too many are counted instead."""
    cluster, left_out = "", 0
    for character in text:
        if not (cluster.strip() and unicodedata.category(character) in MARKS):
            yield cluster
            yield from _count_of(left_out)
            cluster, left_out = character, 0
        elif len(cluster) <= MAX_MARKS:
            cluster += character
        else:
            left_out += 1
    yield cluster
    yield from _count_of(left_out)


def _count_of(marks: int) -> Iterator[str]:
    if marks:
        yield from f"[{marks:,} more marks]"


def _with_glyphs(cluster: str) -> str:
    if cluster == "\n":
        return cluster
    shown = [one for one in cluster if not _is_invisible(one)]
    if any(all(ord(one) in font for one in shown) for font in _coverages()):
        return "".join(shown)
    return "".join(one if _stands_alone(one) else bracketed_name(one) for one in shown)


def _is_invisible(character: str) -> bool:
    """Formatting that no reader sees and that could make a text read otherwise than it is written."""
    code = ord(character)
    in_no_font = unicodedata.category(character) == "Cf" and not _any_font_has(code)
    return code in DIRECTION_OVERRIDES or 0xFE00 <= code <= 0xFE0F or in_no_font


def _stands_alone(character: str) -> bool:
    return unicodedata.category(character) not in MARKS and _any_font_has(ord(character))


def _any_font_has(code: int) -> bool:
    return any(code in font for font in _coverages())


class Coverage:
    """The characters of a font, a bit for each; none for control characters and those of private use."""

    def __init__(self, path: Path) -> None:
        self.bits = bytearray(0x110000 // 8)
        with TTFont(path, fontNumber=0, lazy=True) as font:
            for code in font.getBestCmap() or ():
                if unicodedata.category(chr(code)) not in NO_LETTERS:
                    self.bits[code >> 3] |= 1 << (code & 7)

    def __contains__(self, code: int) -> bool:
        return bool(self.bits[code >> 3] >> (code & 7) & 1)


def _coverages() -> Iterator[Coverage]:
    """Those of all fonts in order of preference; a large font is not opened before a character needs it."""
    return (_coverage(path) for path in _font_files())


@cache
def _font_files() -> list[Path]:
    return [path for folder in font_folders() for path in sorted(folder.rglob("*")) if path.suffix in FONT_SUFFIXES]


_coverage = cache(Coverage)


def _breakable(match: re.Match[str]) -> str:
    word = match[0]
    pieces = [word[start : start + BREAK_EVERY] for start in range(0, len(word), BREAK_EVERY)]
    return SPACE_TO_BREAK_AT.join(pieces)

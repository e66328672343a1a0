"""Numbers that people read out, type and search for: a letter, the number of a record and two digits that check it.

The check digits are those of ISO 7064 (MOD 97-10), as bank accounts have: one wrong digit, or two that changed places,
makes another reference that is none.
"""

from __future__ import annotations

import re

FEWEST_DIGITS = 4
LONGEST_NUMBER = 18
"""Digits; what is longer is no id of a record."""


def reference(letter: str, number: int) -> str:
    """``A-0042-69``: the reference of a record's number under a letter that says what it is."""
    return f"{letter}-{number:0{FEWEST_DIGITS}d}-{_check_digits(number):02d}"


def number_of(letter: str, text: str) -> int | None:
    """The number in a reference, however it was typed: with or without hyphens and spaces, in small letters.

    ``None`` for what is no reference of this letter. Raises ``ValueError`` for one whose check digits are wrong.
    """
    typed = re.sub(r"[\s\u2010-\u2015-]+", "", text).upper()
    found = re.fullmatch(rf"{letter}([0-9]{{{FEWEST_DIGITS},{LONGEST_NUMBER}}})([0-9]{{2}})", typed)
    if found is None:
        return None
    number = int(found[1])
    if _check_digits(number) != int(found[2]):
        raise ValueError(text)
    return number


def part_of_number(letter: str, text: str) -> str:
    """The digits by which a reference, or the beginning of one, finds a number; empty for what is neither.

    ``A-0042-69`` and ``a 0042`` find 42, as does ``A-0042-6`` whose last digit is missing.
    """
    try:
        number = number_of(letter, text)
    except ValueError:
        number = None
    if number is not None:
        return str(number)
    typed = re.sub(r"[\s\u2010-\u2015-]+", "-", text.strip()).upper()
    found = re.fullmatch(rf"(?:{letter}-?)?0*([1-9][0-9]{{0,{LONGEST_NUMBER - 1}}})(?:-[0-9]{{0,2}})?", typed)
    return found[1] if found else ""


def _check_digits(number: int) -> int:
    """Two digits after which the whole number leaves 1 when it is divided by 97."""
    return 98 - number * 100 % 97

"""What is wrong with a value that was sent, in words: whoever finds a fault, readers or services, says the same."""

from __future__ import annotations

from collections.abc import Iterable

from ..dates import YEARS

EMPTY = "It is empty, and needed."


def shown(value: object) -> str:
    """A value as a message quotes it: short, on one line, in characters that every terminal can show."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}…"


def too_long(length: int, *, longest: int) -> str:
    return f"It has {length:,} characters; at most {longest:,} fit."


def none_of(value: object, choices: Iterable[str]) -> str:
    return f"{shown(value)} is none of {', '.join(choices)}."


def no_moment(value: object) -> str:
    return f"{shown(value)} is no moment; write it like 2026-11-18T14:30:00-05:00."


def without_offset(value: object) -> str:
    return f"{shown(value)} has no offset from UTC; write it like 2026-11-18T14:30:00-05:00."


def outside_the_years(value: object) -> str:
    return f"{shown(value)} is not in the years {YEARS[0]} to {YEARS[-1]}."

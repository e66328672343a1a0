"""The paper that documents are made for."""

from __future__ import annotations

LETTER_COUNTRIES = {"US", "CA", "MX", "PH"}
"""Where people print on Letter; everywhere else it is A4."""


def paper_of(country: str) -> str:
    """The paper that people print on in a country (its code; what follows a hyphen is a part of it)."""
    return "us-letter" if country.partition("-")[0] in LETTER_COUNTRIES else "a4"

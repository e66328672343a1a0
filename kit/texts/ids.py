"""Ids of records, as addresses and forms have them."""

from __future__ import annotations

MAX_DIGITS = 18
"""No id has more, and Python makes no number of thousands of them."""


def id_in(text: object) -> int:
    """The id that a text is; 0, which is nobody's, for anything else."""
    said = str(text)
    return int(said) if said.isascii() and said.isdigit() and len(said) <= MAX_DIGITS else 0

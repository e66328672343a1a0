"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Piece:
    """A stretch of text: ``same``, ``gone`` (only in the older) or ``new`` (only in the newer)."""

    state: str
    text: str


def compare(old: str, new: str) -> list[Piece]:
    """The pieces that make up both texts, in reading order; what is gone stands before what replaces it."""
    return list(_pieces(_words(old), _words(new)))


def _words(text: str) -> list[str]:
    return re.findall(r"(?:\w+|[^\w\s])\s*|\s+", text.replace("\r\n", "\n"))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    # Words are the same whatever white space follows them.
    matcher = SequenceMatcher(None, [word.rstrip() for word in old], [word.rstrip() for word in new], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(new[j1:j2]))
            continue
        if i1 < i2:
            yield Piece("gone", "".join(old[i1:i2]))
        if j1 < j2:
            yield Piece("new", "".join(new[j1:j2]))

"""What differs between two crawls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import islice
from pathlib import Path

LINES = 30
"""How many lines of a difference are shown."""


def differences(
    before: Path, after: Path, renamed: Sequence[tuple[str, str]] = (), lines: int = LINES
) -> Iterator[str]:
    """A line for each file that was added or removed, and a short diff for each that changed.

    ``renamed`` are pairs of words; the first of each is read as the second in the names and texts of ``before``.
    """
    old = {_replaced(name, renamed): _replaced(text, renamed) for name, text in _files(before).items()}
    new = _files(after)
    yield from (f"removed: {name}" for name in sorted(old.keys() - new.keys()))
    yield from (f"added: {name}" for name in sorted(new.keys() - old.keys()))
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            diff = unified_diff(old[name].splitlines(), new[name].splitlines(), name, name, lineterm="", n=1)
            yield "\n".join(["changed: " + name, *islice(diff, 2, lines + 2)])


def _files(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in folder.rglob("*") if file.is_file()
    }


def _replaced(text: str, renamed: Sequence[tuple[str, str]]) -> str:
    for old, new in renamed:
        text = text.replace(old, new)
    return text

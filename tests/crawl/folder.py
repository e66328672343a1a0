"""The folder of a crawl: a file for each answer, named by who asked and what for, and an index."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

LONGEST_NAME = 150


@dataclass
class Folder:
    """Where a run is written."""

    path: Path
    index: list[tuple[str, ...]] = field(default_factory=list)

    def write(self, who: str, name: str, text: str, *notes: str) -> None:
        """Keep a text under the name of who asked, and a line of it in the index."""
        file = self.path / who / f"{file_name(name)}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{name}\n{text}", encoding="utf-8")
        self.index.append((who, name, *notes))

    def close(self) -> None:
        lines = ["\t".join(line) for line in sorted(self.index)]
        (self.path / "index.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def file_name(name: str) -> str:
    short = quote(name, safe=" =&?@[]").replace("%2F", "~")
    if len(short) <= LONGEST_NAME:
        return short
    return f"{short[:LONGEST_NAME]}…{hashlib.sha256(name.encode()).hexdigest()[:8]}"

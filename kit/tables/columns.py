"""The columns of a file of rows, and what is wrong with a header."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kit.api.items import Item

from . import faults


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message says why to the person who sent it."""


@dataclass(frozen=True)
class Columns:
    """What a header may name, and what it has to."""

    names: Sequence[str]
    needed: Sequence[str]

    @classmethod
    def of(cls, item: type[Item]) -> Columns:
        """Those of the rows that an item describes."""
        return cls(list(item.model_fields), item.needed())

    def check(self, names: Sequence[str]) -> None:
        """Raise ``UnreadableFile``, naming every missing, unknown and repeated column, unless a header can be used."""
        missing = [name for name in self.needed if name not in names]
        unknown = [self._unknown(name) for name in names if name not in self.names]
        repeated = sorted({name for name in names if names.count(name) > 1 and name in self.names})
        if missing or unknown or repeated:
            said = [faults.columns(missing=missing, unknown=unknown, repeated=repeated)]
            if len(names) == 1 and re.search(r"[;\t|]", names[0]):
                said.append(faults.separate_by_commas())
            raise UnreadableFile(" ".join(said))

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(name[:100], self.names, n=1)
        return faults.unknown(name, near=near[0] if near else None)

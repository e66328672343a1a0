"""Things that are made one after the other, and may be made before their turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """What ``source`` makes, in its order: looked at ahead of its turn, and taken off in it."""

    def __init__(self, source: Iterable[T]) -> None:
        self._source, self._made = iter(source), deque[T]()

    def peek(self, place: int = 0) -> T | None:
        """The first that is not taken yet, or one ``place`` behind it; ``None`` if there are no more."""
        self._made.extend(islice(self._source, max(place + 1 - len(self._made), 0)))
        return self._made[place] if place < len(self._made) else None

    def take(self) -> T:
        """The first, which is no longer there afterwards. Raises ``IndexError`` if it was not looked at."""
        return self._made.popleft()

"""The worthiest flow through a small network. Pure; the rules of the plan say what flows in it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass
class Arc:
    """A way between two nodes with room for so many units, each worth so much."""

    tail: Hashable
    head: Hashable
    room: int
    worth: int


@dataclass
class Network:
    """Arcs in pairs: the second of a pair leads back, with room for what went through the first."""

    arcs: list[Arc] = field(default_factory=list)
    leaving: dict[Hashable, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The arcs that leave each node, by index."""

    def add(self, tail: Hashable, head: Hashable, *, room: int, worth: int = 0) -> None:
        for arc in (Arc(tail, head, room, worth), Arc(head, tail, 0, -worth)):
            self.leaving[arc.tail].append(len(self.arcs))
            self.arcs.append(arc)

    def fill(self, source: Hashable, sink: Hashable) -> None:
        """Send units, each along the worthiest path that is left, as long as one is worth anything.

        Units that were sent are sent elsewhere where that is worth more: the flow that remains is the worthiest of
        all (successive shortest paths).
        """
        while path := self._worthiest_path(source, sink):
            for index in path:
                self.arcs[index].room -= 1
                self.arcs[index ^ 1].room += 1

    def used(self) -> list[Arc]:
        """The arcs that units went through."""
        return [arc for arc, back in zip(self.arcs[::2], self.arcs[1::2], strict=True) if back.room]

    def _worthiest_path(self, source: Hashable, sink: Hashable) -> list[int]:
        """The arcs from sink to source, by index; none if no path is worth anything (Bellman and Ford)."""
        worth, via = {source: 0}, dict[Hashable, int]()
        waiting = deque([source])
        while waiting:
            node = waiting.popleft()
            for index in self.leaving[node]:
                arc = self.arcs[index]
                found = worth[node] + arc.worth
                if arc.room and (arc.head not in worth or found > worth[arc.head]):
                    worth[arc.head], via[arc.head] = found, index
                    waiting.append(arc.head)
        return self._arcs_to(sink, via) if worth.get(sink, 0) > 0 else []

    def _arcs_to(self, node: Hashable, via: dict[Hashable, int]) -> list[int]:
        path = []
        while node in via:
            path.append(via[node])
            node = self.arcs[via[node]].tail
        return path

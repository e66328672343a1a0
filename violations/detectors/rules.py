"""When the share of a detector's violations that appeals overturn has jumped. Pure; docs/detectors.md says why.

Page's cumulative sum (CUSUM) adds a logarithm for each decided appeal: how much likelier its outcome is after a jump
than before it. The sum never falls below 0. What is usual is learned from the detector's own earlier cases.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

THRESHOLD = 8.5
"""Of the sum: at 2 % overturned it is crossed about once in eighty thousand decided cases."""
JUMP = 10.0
"""By how much the odds of being overturned rise in the jump that is looked for: from 2 % to 17 %."""
LAG = 30
"""So many of the latest cases say nothing of what is usual: they may be part of the jump."""
SUPPOSED_CASES, SUPPOSED_OVERTURNED = 25, 1
"""What is supposed of a detector that is new: 4 %, and how many cases it takes to learn better."""
MIN_RATE, MAX_RATE = 0.02, 0.5
"""What is usual is never taken for less than, or more than this."""


@dataclass(frozen=True)
class Jump:
    """A jump that was seen: ``first`` and ``last`` are the places of its cases, from 0; ``usual`` the share before."""

    first: int
    last: int
    overturned: int
    usual: float

    @property
    def cases(self) -> int:
        return self.last - self.first + 1


def find_jump(outcomes: Sequence[bool], *, watched_from: int = 0) -> Jump | None:
    """The first jump among decided appeals in their order (true: overturned), from ``watched_from`` on.

    Those before it still say what is usual.
    """
    usual, total, first = _Usual(outcomes[: max(watched_from - LAG, 0)]), 0.0, watched_from
    recent = deque(outcomes[max(watched_from - LAG, 0) : watched_from])
    for place in range(watched_from, len(outcomes)):
        if len(recent) > LAG:
            usual.learn(recent.popleft())
        total += _evidence(outcomes[place], usual.share)
        if total <= 0:
            total, first = 0.0, place + 1
        if total >= THRESHOLD:
            return Jump(first, place, sum(outcomes[first : place + 1]), usual.share)
        recent.append(outcomes[place])
    return None


class _Usual:
    """The share that is usual, by the cases so far."""

    def __init__(self, outcomes: Iterable[bool]) -> None:
        self.cases, self.overturned = SUPPOSED_CASES, SUPPOSED_OVERTURNED
        for outcome in outcomes:
            self.learn(outcome)

    def learn(self, outcome: bool) -> None:
        self.cases += 1
        self.overturned += outcome

    @property
    def share(self) -> float:
        return min(max(self.overturned / self.cases, MIN_RATE), MAX_RATE)


def _evidence(overturned: bool, usual: float) -> float:
    """How much a case speaks for a jump: the logarithm of the ratio of its likelihoods."""
    odds = usual / (1 - usual) * JUMP
    raised = odds / (1 + odds)
    return log(raised / usual) if overturned else log((1 - raised) / (1 - usual))

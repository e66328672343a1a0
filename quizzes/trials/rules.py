"""Who is invited, and what the difference between the halves means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

from kit.confidence_intervals import Z_99, newcombe_interval


def is_invited(*, seed: str, seller_id: int) -> bool:
    """Whether a seller falls into the half that is invited: as good as a coin, and the same whoever asks again.

    The database refuses to keep anything else (``refuse_unfair_assignment``).
    """
    return sha256(f"{seed}:{seller_id}".encode()).digest()[0] < 128


@dataclass(frozen=True)
class Half:
    """The sellers of one half who were followed to the end: how many breached the policy again, and took the quiz."""

    sellers: int = 0
    again: int = 0
    took: int = 0

    @property
    def rate(self) -> float:
        return self.again / self.sellers if self.sellers else 0.0


class TrialVerdict(Enum):
    """What may be said. ``TOO_EARLY`` while anybody is assigned or followed: who looks often is fooled often."""

    TOO_EARLY = "too early"
    NOBODY = "nobody in one of the halves"
    NO_EFFECT = "no effect can be told"
    FEWER = "who was invited breached it less often"
    MORE = "who was invited breached it more often"


@dataclass(frozen=True)
class TrialOutcome:
    """What came of a trial. ``waiting`` are the sellers who were not followed to the end yet."""

    invited: Half
    others: Half
    waiting: int
    is_running: bool

    @property
    def difference(self) -> float:
        """By how much the share that breached again is higher among the invited; below 0, it is lower."""
        return self.invited.rate - self.others.rate

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true difference lies 99 times in a hundred: one trial in a hundred without effect claims one."""
        invited, others = self.invited, self.others
        return newcombe_interval(invited.again, invited.sellers, others.again, others.sellers, z=Z_99)

    @property
    def verdict(self) -> TrialVerdict:
        if self.is_running or self.waiting:
            return TrialVerdict.TOO_EARLY
        if not (self.invited.sellers and self.others.sellers):
            return TrialVerdict.NOBODY
        low, high = self.interval
        if high < 0:
            return TrialVerdict.FEWER
        return TrialVerdict.MORE if low > 0 else TrialVerdict.NO_EFFECT

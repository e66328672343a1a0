"""How long things are kept, in words."""

from __future__ import annotations

from dataclasses import dataclass

from sellers.models import Market

from .kinds import FIXED, KINDS, FixedTime, RetentionKind
from .models import days_kept
from .wording import days_words


@dataclass(frozen=True)
class RetentionTime:
    """One line of what is kept."""

    kept: RetentionKind | FixedTime
    days: int

    @property
    def time(self) -> str:
        return days_words(self.days)


def times_of(market: Market) -> list[RetentionTime]:
    """For how long each kind is kept in a market; until its first day is over, as the table says (2 queries).

    Those that nobody chooses are the last.
    """
    days = days_kept(None) | days_kept(market)
    chosen = [RetentionTime(kept, days.get(kept.name, kept.days)) for kept in KINDS]
    return [*chosen, *(RetentionTime(kept, kept.days) for kept in FIXED)]

"""How a standing and the milestones of a market look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kit.formatting import capitalized

from ..models import Milestone
from ..rules import StandingLevel
from ..wording.enforcement import consequence_of


@dataclass(frozen=True)
class MilestoneMark:
    """A milestone as the picture of all of them shows it: the points, and what it leads to in words."""

    points: int
    label: str


def milestone_marks(milestones: Sequence[Milestone]) -> list[MilestoneMark]:
    """Milestones with what they lead to."""
    return [MilestoneMark(one.points, capitalized(consequence_of(one))) for one in milestones]


def level_tone(level: StandingLevel) -> str:
    """How a level looks: good, warn or bad."""
    return {StandingLevel.GOOD: "good", StandingLevel.AT_RISK: "warn"}.get(level, "bad")

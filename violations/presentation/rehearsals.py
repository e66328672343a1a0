"""The answer of a rehearsal as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sellers.models import Seller

from ..models import WEEKS, Rehearsal, ShadowWeek
from ..rehearsals.comparing import AGES, SIZES
from ..rules import StandingLevel
from ..wording import rehearsals as wording


@dataclass(frozen=True)
class RehearsalRow:
    """A row of a table: how many by the rules of today, and by those of the rehearsal."""

    name: str
    today: int
    proposed: int

    @property
    def more(self) -> int:
        return self.proposed - self.today


@dataclass(frozen=True)
class GroupLine:
    """Sellers of one age or size."""

    name: str
    newly: int
    freed: int


@dataclass(frozen=True)
class NamedSeller:
    """A seller for whom it makes a difference: days restricted by each rules."""

    seller: Seller
    today: float
    proposed: float


def action_lines(result: Mapping[str, Any]) -> list[RehearsalRow]:
    """Actions by milestone, the lowest first."""
    today, proposed = result["actions"]["today"], result["actions"]["proposed"]
    return [
        RehearsalRow(points, today.get(points, 0), proposed.get(points, 0))
        for points in sorted(today.keys() | proposed.keys(), key=int)
    ]


def standing_lines(result: Mapping[str, Any]) -> list[RehearsalRow]:
    """Sellers by standing at the end, the best first. Who had too few points for a replay is in good standing."""
    today, proposed = result["levels"]["today"], result["levels"]["proposed"]
    untouched = result["sellers"] - result["replayed"]
    lines = []
    for level in StandingLevel:
        more = untouched if level is StandingLevel.GOOD else 0
        counts = [of.get(level.value, 0) + more for of in (today, proposed)]
        lines.append(RehearsalRow(wording.level_words(level.value), *counts))
    return lines


def group_tables(result: Mapping[str, Any]) -> list[list[GroupLine]]:
    """By age and by size, the smallest first."""
    names = {"age": [*(name for _, name in AGES), "older"], "size": [*(name for _, name in SIZES), "many"]}
    return [[_group_line(name, result["groups"][by]) for name in names[by]] for by in names]


def _group_line(name: str, of: Mapping[str, Mapping[str, int]]) -> GroupLine:
    return GroupLine(wording.group_words(name), of["newly"].get(name, 0), of["freed"].get(name, 0))


def named_sellers(result: Mapping[str, Any], what: str) -> list[NamedSeller]:
    """Some of the sellers who would be newly restricted, or freed (1 query)."""
    rows = result["names"][what]
    sellers = Seller.objects.select_related("market").in_bulk([int(pk) for pk, *_ in rows])
    return [NamedSeller(sellers[int(pk)], today, proposed) for pk, today, proposed in rows if int(pk) in sellers]


@dataclass(frozen=True)
class Shadow:
    """The weeks of a shadow, beside what the replay of the weeks before had predicted for each."""

    weeks: list[ShadowWeek]
    predicted_today: float
    predicted: float


def shadow_of(rehearsal: Rehearsal) -> Shadow | None:
    """The shadow of an answered rehearsal, ``None`` if it has none (1 query)."""
    if not rehearsal.shadow_weeks or not rehearsal.result:
        return None
    actions = rehearsal.result["actions"]
    predicted = (round(sum(actions[name].values()) / WEEKS, 1) for name in ("today", "proposed"))
    return Shadow(list(rehearsal.weeks.all()), *predicted)

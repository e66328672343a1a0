"""The home page of staff: its parts, each with what waits and where a click leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User

from . import wording
from .needs import Urgency
from .selectors import FoundNeed, needs_of, trends_of


@dataclass(frozen=True)
class ShownRecord:
    """One record that waits, and its moment in words."""

    name: str
    url: str
    moment: str


@dataclass(frozen=True)
class ShownNeed:
    """What waits: a title that leads to all of it, the first records, and the button that settles the first."""

    title: str
    url: str
    button: str
    records: Sequence[ShownRecord]
    is_urgent: bool


@dataclass(frozen=True)
class HomePart:
    """A part of the page, such as what needs somebody now."""

    title: str
    needs: Sequence[ShownNeed]


@dataclass(frozen=True)
class ShownTrend:
    """A number of the last seven days, beside that of the seven before."""

    title: str
    now: int
    before: int


def parts_for(person: User, *, now: datetime) -> list[HomePart]:
    """The parts in their order; those in which nothing waits are left out."""
    found = needs_of(person, now=now)
    parts = [
        HomePart(wording.part_title(when), [_show(one) for one in found if one.need.when is when]) for when in Urgency
    ]
    return [part for part in parts if part.needs]


def trends_for(person: User, *, now: datetime) -> list[ShownTrend]:
    return [ShownTrend(wording.counted(one.name), one.now, one.before) for one in trends_of(person, now=now)]


def _show(found: FoundNeed) -> ShownNeed:
    need = found.need
    records = [
        ShownRecord(str(record), need.record_url(record), wording.moment_words(need.name, found.moment_of(record)))
        for record in found.records
    ]
    return ShownNeed(
        title=wording.title(found),
        url=need.list_url(),
        button=wording.button(need.name),
        records=records,
        is_urgent=need.when is Urgency.NOW,
    )

"""Entries of the ledger and the total they make, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from kit.formatting import counted, day_words

from ..models import PointsEntry
from ..rules import TotalChange
from ..selectors import Explanation, Timeframe


def source_words(entry: PointsEntry) -> str:
    """What led to an entry: ``Violation``, ``Quiz passed: Claims``, ``Appeal granted``."""
    if entry.source == PointsEntry.Source.VIOLATION:
        return "Violation"
    granted = entry.source == PointsEntry.Source.APPEAL and entry.kind == PointsEntry.Kind.REVERSAL
    return "Appeal granted" if granted else entry.reason


def recorded_by(entry: PointsEntry) -> str:
    """Who recorded an entry, as sellers are told: staff are not named to them."""
    person = entry.created_by
    if person is None:
        return "the marketplace’s systems" if entry.source == PointsEntry.Source.VIOLATION else "the portal"
    return "marketplace staff" if person.is_staff else person.name or person.email


NO_ENTRY = {
    Timeframe.PAST: "No entry of the ledger counted.",
    Timeframe.NOW: "No entry of the ledger counts.",
    Timeframe.FUTURE: "No entry of the ledger will count, if nothing is added until then.",
}
ONE_ENTRY = {
    Timeframe.PAST: "One entry counted: the one below",
    Timeframe.NOW: "One entry counts: the one below",
    Timeframe.FUTURE: "One entry will count: the one below",
}
IN_WHICH_SENSE = {
    Timeframe.PAST: ", as it was known then",
    Timeframe.NOW: "",
    Timeframe.FUTURE: ", if nothing is added until then",
}


def what_the_total_is_made_of(explanation: Explanation) -> str:
    """What the total is made of, and in which sense it is meant."""
    count, timeframe = len(explanation.counting), explanation.timeframe
    if not count:
        return NO_ENTRY[timeframe]
    made_of = ONE_ENTRY[timeframe] if count == 1 else f"The total is the sum of the {count} entries below"
    return f"{made_of}{IN_WHICH_SENSE[timeframe]}."


def how_the_total_changes(explanation: Explanation, *, since: datetime, zone: ZoneInfo) -> str:
    """What the chart shows: from its start to now, and what comes if nothing is added."""
    changes, now = explanation.total_changes, explanation.now
    past = _how_it_changed(changes, since=since, now=now, zone=zone)
    coming = [change for change in changes if change.at > now]
    if not coming:
        return f"{past}." if _total_at(changes, now) else f"{past}. Nothing will expire."
    last = coming[-1]
    day = day_words(last.at, zone=zone)
    return f"{past}. If nothing is added, it falls to {last.total} by {day}, in {counted(len(coming), 'step')}."


def _how_it_changed(changes: Sequence[TotalChange], *, since: datetime, now: datetime, zone: ZoneInfo) -> str:
    first, current = _total_at(changes, since), _total_at(changes, now)
    highest = max([first, *(change.total for change in changes if since <= change.at <= now)])
    if current == first and not highest:
        return "No points counted"
    moved = "went" if current == first else "rose" if current > first else "fell"
    text = f"From {day_words(since, zone=zone)} to now the total {moved} from {first} to {current}"
    return f"{text}, with {highest} as the highest in between" if highest > max(first, current) else text


def _total_at(changes: Sequence[TotalChange], moment: datetime) -> int:
    return next((change.total for change in reversed(changes) if change.at <= moment), 0)

"""When clocks in a time zone go forward and back, as calendar files tell it (RFC 5545, 3.6.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from kit.dates import zone_name


@dataclass(frozen=True)
class Onset:
    """When clocks in a zone begin to keep an offset: what a calendar file says of a zone (RFC 5545, 3.6.5).

    ``wall_clock`` is what they showed before they were moved. ``yearly`` says where in its month that happens each
    year, ``None`` if no such rule holds. It is the week (1 to 4, −1 for the last) and the weekday (0 is Monday).
    """

    wall_clock: datetime
    offset_before: timedelta
    offset_after: timedelta
    name: str
    yearly: tuple[int, int] | None = None

    @property
    def is_daylight(self) -> bool:
        """Whether clocks go forward. Where winter is the exception by law (Ireland), calendars still call this so."""
        return self.offset_after > self.offset_before


def onsets(starts_at: datetime, ends_at: datetime, *, zone: ZoneInfo) -> list[Onset]:
    """What must be known of a zone to place events between two moments in it.

    Where clocks change by a yearly rule, from the year before to the one after: the two onsets of the year before, with
    the rule. Else the offset at the first moment, and each change until the last.
    """
    first, last = starts_at.astimezone(zone).year, ends_at.astimezone(zone).year
    changes = {year: _changes(year, zone=zone) for year in range(first - 1, last + 2)}
    found = [_with_rule(change, changes) for change in changes[first - 1]]
    if len(found) == 2 and all(onset.yearly for onset in found):
        return found
    offset = _offset(starts_at, zone)
    at_start = Onset(datetime(1970, 1, 1), offset, offset, zone_name(starts_at, zone=zone))  # noqa: DTZ001  # wall clock
    years = range(first, last + 2)
    during = [change for year in years for moment, change in _moments(year, zone) if starts_at < moment <= ends_at]
    return [at_start, *during]


def _with_rule(change: Onset, changes: Mapping[int, Sequence[Onset]]) -> Onset:
    """The first year's change with the yearly rule that gives the other years' changes too, if there is one."""
    for week in (-1, 1, 2, 3, 4):
        yearly = (week, change.wall_clock.weekday())
        same = [_follows(each, change, yearly) for each in changes.values()]
        if all(same):
            return replace(change, yearly=yearly)
    return change


def _follows(year: Sequence[Onset], like: Onset, yearly: tuple[int, int]) -> bool:
    """Whether a year has just one change such as another, on the day that the rule gives."""
    alike = [
        each for each in year if (each.offset_before, each.offset_after) == (like.offset_before, like.offset_after)
    ]
    return len(year) == 2 and [_is_day_of_rule(each.wall_clock, like.wall_clock, yearly) for each in alike] == [True]


def _is_day_of_rule(day: datetime, like: datetime, yearly: tuple[int, int]) -> bool:
    week, weekday = yearly
    number = (day.day - 1) // 7 + 1
    is_week = (day + timedelta(days=7)).month != day.month if week == -1 else number == week
    return (day.month, day.time(), day.weekday(), is_week) == (like.month, like.time(), weekday, True)


def _changes(year: int, *, zone: ZoneInfo) -> list[Onset]:
    return [change for _, change in _moments(year, zone)]


@lru_cache(maxsize=1_000)
def _moments(year: int, zone: ZoneInfo) -> list[tuple[datetime, Onset]]:
    """The changes of a zone's offset in a year (UTC), each with its moment: found day by day, then by bisection."""
    day, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found = []
    while day < end:
        following = day + timedelta(days=1)
        if _offset(day, zone) != _offset(following, zone):
            moment = _change_between(day, following, zone=zone)
            before, after = _offset(day, zone), _offset(moment, zone)
            wall_clock = (moment + before).replace(tzinfo=None)
            found.append((moment, Onset(wall_clock, before, after, zone_name(moment, zone=zone))))
        day = following
    return found


def _change_between(before: datetime, after: datetime, *, zone: ZoneInfo) -> datetime:
    """The first second (UTC) with the offset of ``after``."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _offset(middle, zone) == _offset(before, zone):
            before = middle
        else:
            after = middle
    return after


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)

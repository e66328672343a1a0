"""Local time: what a day, a week, a month and a quarter are in a market's time zone; and how things are counted.

Everything here takes and returns aware datetimes (UTC on the way out) and knows neither Django nor the clock. Local
boundaries are found on the local calendar, so a week across a clock change has 167 or 169 hours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

MINUS = "\N{MINUS SIGN}"

YEARS = range(1970, 2200)
"""What lies outside cannot be told in every time zone, or was never meant."""

MAX_AHEAD = timedelta(days=5 * 366)
"""How far ahead something is announced at most: whoever names a later day mistook the year."""


def local_midnight(day: date, *, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a local day starts."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def moments_of(local: datetime, *, zone: ZoneInfo) -> list[datetime]:
    """The instants (UTC) at which local clocks show a time (naive), the first one first.

    One; two where clocks are put back over it; none where they are put forward over it.
    """
    shown = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return sorted({moment for moment in shown if moment.astimezone(zone).replace(tzinfo=None) == local})


def local_date(moment: datetime, *, zone: ZoneInfo) -> date:
    """The local calendar day that a moment lies in."""
    return moment.astimezone(zone).date()


def last_day_before(deadline: datetime, *, zone: ZoneInfo) -> date:
    """The last local day on which something can be done before a deadline."""
    return local_date(deadline.astimezone(UTC) - timedelta(microseconds=1), zone=zone)


def days_after(moment: datetime, *, days: int) -> datetime:
    """``days`` times 24 hours later (UTC), also if a clock change lies in between."""
    return moment.astimezone(UTC) + timedelta(days=days)  # In a local zone Python would add days on the calendar.


def month_start(moment: datetime, *, zone: ZoneInfo) -> date:
    """The first day of the local calendar month that a moment lies in."""
    return local_date(moment, zone=zone).replace(day=1)


def next_month(day: date) -> date:
    """The first day of the calendar month after the one of ``day``."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def next_quarter_start(moment: datetime, *, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the calendar quarter after the local one of ``moment`` starts."""
    first = month_start(moment, zone=zone)
    months_left = 3 - (first.month - 1) % 3
    for _ in range(months_left):
        first = next_month(first)
    return local_midnight(first, zone=zone)


def zone_name(moment: datetime, *, zone: tzinfo) -> str:
    """What the clock of a zone is called at a moment: ``CST``, or ``UTC+07`` and ``UTC−12`` where it has no letters."""
    local = moment.astimezone(zone)
    name = local.tzname() or ""
    if name.isalpha():
        return name
    minutes = round((local.utcoffset() or local - local).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{MINUS if minutes < 0 else '+'}{hours:02}{f':{rest:02}' if rest else ''}"


@dataclass(frozen=True, order=True)
class Week:
    """An ISO week of the local calendar: Monday 00:00 to the next Monday 00:00."""

    monday: date

    @classmethod
    def of(cls, moment: datetime, *, zone: ZoneInfo) -> Week:
        """The local week that a moment lies in."""
        day = local_date(moment, zone=zone)
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def parse(cls, text: str) -> Week:
        """Read ``2026-W46``. Raises ``ValueError`` for anything else, also for a week that its year does not have."""
        match = re.fullmatch(r"([0-9]{4})-W([0-9]{2})", text)
        if not match:
            raise ValueError(f"{text!r} is no week; write it like 2026-W46.")
        if int(match[1]) not in YEARS:
            raise ValueError(f"{text!r} is not in the years {YEARS[0]} to {YEARS[-1]}.")
        try:
            return cls(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError as error:
            raise ValueError(f"{text!r} is no week: {error}.") from None

    def __str__(self) -> str:
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def next(self) -> Week:
        return Week(self.monday + timedelta(days=7))

    @property
    def previous(self) -> Week:
        return Week(self.monday - timedelta(days=7))

    def starts_at(self, *, zone: ZoneInfo) -> datetime:
        """The first instant (UTC) of the week."""
        return local_midnight(self.monday, zone=zone)

    def ends_at(self, *, zone: ZoneInfo) -> datetime:
        """The first instant (UTC) after the week."""
        return self.next.starts_at(zone=zone)

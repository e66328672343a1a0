"""When one can check in, what a check-in code looks like, and how a workshop's local time is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sellers.formatting import zone_name

CHECK_IN_OPENS = timedelta(hours=2)
"""How long before its start a workshop's check-in opens; it closes when the workshop ends."""

CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody mistakes for each other: no I, L, O, 0 and 1."""

CODE_LENGTH = 8


def check_in_opens_at(starts_at: datetime) -> datetime:
    """The first moment (UTC) at which somebody can be checked in."""
    return starts_at - CHECK_IN_OPENS


def read_code(text: str) -> str:
    """The check-in code in what was typed or scanned: case, spaces and hyphens do not matter.

    A QR code holds the address of the check-in page, so a scanner that types may give ``https://…?code=K7MP4XQZ``.
    """
    return "".join(letter for letter in text.rpartition("code=")[2].upper() if letter.isalnum())


def spell_code(code: str) -> str:
    """A code in groups of four, easier to read out: ``K7MP 4XQZ``."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def spell_when(starts_at: datetime, ends_at: datetime, *, zone: ZoneInfo) -> str:
    """The local day and time with the zone: ``Sat 28 Nov 2026, 18:00–21:00 CST``.

    If the clocks change in between, or it ends on another day, both ends are written out.
    """
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    first, last = zone_name(starts_at, zone=zone), zone_name(ends_at, zone=zone)
    if start.date() != end.date():
        return f"{_day(start)}, {start:%H:%M} {first} – {_day(end)}, {end:%H:%M} {last}"
    if first != last:
        return f"{_day(start)}, {start:%H:%M} {first} – {end:%H:%M} {last}"
    return f"{_day(start)}, {start:%H:%M}–{end:%H:%M} {first}"


def _day(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%b %Y}"


def local_moment(wall_clock: datetime, *, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a clock on the wall in ``zone`` shows ``wall_clock``, a datetime without a zone.

    A time that comes twice when clocks go back means the first. Raises ``ValueError`` for one that clocks skip.
    """
    moment = wall_clock.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != wall_clock:
        raise ValueError(f"{wall_clock:%H:%M} does not exist on that day: clocks go forward then.")
    return moment


@dataclass(frozen=True, order=True)
class Month:
    """A local calendar month, to group a listing by."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime, *, zone: ZoneInfo) -> Month:
        """The month on the calendar in ``zone`` that a moment lies in."""
        local = moment.astimezone(zone)
        return cls(local.year, local.month)

    def __str__(self) -> str:
        return f"{datetime(self.year, self.number, 1, tzinfo=UTC):%B %Y}"

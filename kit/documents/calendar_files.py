"""iCalendar (RFC 5545): lines of a calendar file, and the time zones that its events name.

Written here because a feed of thousands of events is made while a calendar program waits: a library that checks each
value takes seconds. The tests read every file with three independent parsers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kit.clock_changes import Onset, onsets

CONTENT_TYPE = "text/calendar; charset=utf-8"
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONGEST_LINE = 75
"""In octets, without its end."""
ESCAPED = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""}
SPECIAL = re.compile(r"[\\;,\n\r]")
METHOD = re.compile(r"^METHOD:([A-Z]+)\r$", re.MULTILINE)
IN_NO_PARAMETER = re.compile(r'[\x00-\x1f"\x7f]')


def calendar_file(lines: Iterable[str]) -> bytes:
    """The file with these lines."""
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def invitation_type(file: str) -> str:
    """The type of a part of an email with this file, whose iTIP method mail programs act on (RFC 6047)."""
    found = METHOD.search(file)
    if found is None:
        raise ValueError("A file without a method asks nothing of a mail program.")
    return f"text/calendar; method={found[1]}; charset=utf-8"


def folded(line: str) -> str:
    """A line in parts of at most 75 octets, each after the first begun with a space; no character is torn apart."""
    if len(line) <= LONGEST_LINE // 4 or len(line.encode()) <= LONGEST_LINE:
        return line
    if line.isascii():
        rest = range(LONGEST_LINE, len(line), LONGEST_LINE - 1)
        return "\r\n ".join([line[:LONGEST_LINE], *(line[start : start + LONGEST_LINE - 1] for start in rest)])
    parts, size = [""], 0
    for letter in line:
        width = len(letter.encode())
        if size + width > LONGEST_LINE:
            parts.append(" ")
            size = 1
        parts[-1] += letter
        size += width
    return "\r\n".join(parts)


def text(value: str) -> str:
    """A text as the value of a property."""
    return SPECIAL.sub(lambda found: ESCAPED[found[0]], value)


def parameter(value: str) -> str:
    """A text as the value of a parameter, which cannot hold quotes."""
    return f'"{IN_NO_PARAMETER.sub(" ", value)}"'


def utc(moment: datetime) -> str:
    """A moment in UTC: ``20261128T210000Z``."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def local(name: str, moment: datetime, *, zone: ZoneInfo) -> str:
    """The line of a moment that is told in a time zone which the file defines."""
    return f"{name};TZID={zone.key}:{moment.astimezone(zone):%Y%m%dT%H%M%S}"


def component(name: str, lines: Iterable[str]) -> Iterator[str]:
    """The lines of a component around what it holds."""
    yield f"BEGIN:{name}"
    yield from lines
    yield f"END:{name}"


def properties(values: Mapping[str, Any]) -> list[str]:
    """The lines of properties with texts; those without a value are left out."""
    return [f"{name}:{text(str(value))}" for name, value in values.items() if value not in ("", None)]


def time_zone(zone: ZoneInfo, *, first: datetime, last: datetime) -> Iterator[str]:
    """A time zone, as much of it as events between two moments need.

    Yearly rules where there are some, for desktop calendars read no lists of single days.
    """
    parts = [line for onset in onsets(first, last, zone=zone) for line in _onset(onset)]
    return component("VTIMEZONE", [f"TZID:{zone.key}", *parts])


def _onset(onset: Onset) -> Iterator[str]:
    lines = [
        f"DTSTART:{onset.wall_clock:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_offset(onset.offset_before)}",
        f"TZOFFSETTO:{_offset(onset.offset_after)}",
        f"TZNAME:{text(onset.name)}",
    ]
    if onset.yearly is not None:
        week, weekday = onset.yearly
        lines.append(f"RRULE:FREQ=YEARLY;BYMONTH={onset.wall_clock.month};BYDAY={week}{WEEKDAYS[weekday]}")
    return component("DAYLIGHT" if onset.is_daylight else "STANDARD", lines)


def _offset(offset: timedelta) -> str:
    """``+0530``; with seconds where a zone has some."""
    sign = "-" if offset < timedelta(0) else "+"
    minutes, seconds = divmod(int(abs(offset).total_seconds()), 60)
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{seconds:02}" if seconds else "")

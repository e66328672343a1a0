"""How days, moments, deadlines and lists are written: one form for pages, emails, documents and messages.

They are written in the language that is active, days by its formats (docs/languages.md). A moment carries the short
name of its zone (``EST``, ``UTC+07``). So it reads the same wherever it is copied to. Nothing here knows the clock.
``zone`` decides which local day and time a moment is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from django.utils.dateformat import format as written
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .dates import MINUS, zone_name


def day_words(day: date, *, zone: tzinfo | None = None) -> str:
    """``14 Nov 2026``: a day, or the local day of a moment in ``zone``."""
    local = day.astimezone(zone) if isinstance(day, datetime) and zone else day
    return _day_in(get_language(), local.year, local.month, local.day)


@lru_cache(maxsize=5_000)
def _day_in(language: str | None, year: int, month: int, day: int) -> str:
    """A page writes hundreds of days, many of them again and again. ``language`` is the one that is active."""
    return date_format(date(year, month, day), "DATE_FORMAT")


def day_in_form(day: date, form: str) -> str:
    """A day by a form of Django's ``date`` filter, such as ``j M``."""
    return _day_in_form(get_language(), day, form)


@lru_cache(maxsize=5_000)
def _day_in_form(language: str | None, day: date, form: str) -> str:
    """The emails of a week write the same few days, thousands of times."""
    return written(day, form)


def clock_words(moment: datetime, *, zone: tzinfo) -> str:
    """``18:05 PST``, the local time of a moment."""
    return f"{moment.astimezone(zone):%H:%M} {zone_name(moment, zone=zone)}"


def moment_words(moment: datetime, *, zone: tzinfo) -> str:
    """``14 Nov 2026, 18:05 PST``, local."""
    return _("%(day)s, %(time)s") % {"day": day_words(moment, zone=zone), "time": clock_words(moment, zone=zone)}


def utc_words(moment: datetime) -> str:
    """``14 Nov 2026, 18:05 UTC``, for staff, who work in many zones."""
    return moment_words(moment, zone=UTC)


def period_words(starts_at: datetime, ends_at: datetime, *, zone: tzinfo) -> str:
    """The local day and time of something with the zone: ``Sat 28 Nov 2026, 18:00–21:00 CST``.

    If the clocks change in between, or it ends on another day, both ends are written out.
    """
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    first, last = zone_name(starts_at, zone=zone), zone_name(ends_at, zone=zone)
    if start.date() != end.date():
        return f"{weekday_words(start)}, {start:%H:%M} {first} – {weekday_words(end)}, {end:%H:%M} {last}"
    if first != last:
        return f"{weekday_words(start)}, {start:%H:%M} {first} – {end:%H:%M} {last}"
    return f"{weekday_words(start)}, {start:%H:%M}–{end:%H:%M} {first}"


def weekday_words(local: date) -> str:
    """``Sat 28 Nov 2026``, of a day or of a local time."""
    return f"{date_format(local, 'D')} {day_words(local)}"


def deadline_words(deadline: datetime, *, zone: tzinfo) -> str:
    """The last moment for something that must be done before ``deadline``, as it follows "until" or "by".

    ``the end of 16 Dec 2026`` if it ends with a local day, else ``17 Dec 2026, 08:00 EST``.
    """
    last = (deadline.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone)
    if last.date() != deadline.astimezone(zone).date():
        return _("the end of %(day)s") % {"day": day_words(last)}
    return moment_words(deadline, zone=zone)


def signed(value: int) -> str:
    """``+2``, ``−1`` (a true minus) or ``0``."""
    return f"{value:+d}".replace("-", MINUS) if value else "0"


def in_short(text: str, *, most: int = 200) -> str:
    """A text, or as many characters of it with an ellipsis behind them."""
    return text if len(text) <= most else f"{text[:most]}…"


def join_words(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return _joined(words, _("%(words)s and %(last)s"))


def join_choices(words: Sequence[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    return _joined(words, _("%(words)s or %(last)s"))


def _joined(words: Sequence[str], said: str) -> str:
    return said % {"words": ", ".join(words[:-1]), "last": words[-1]} if len(words) > 1 else "".join(words)


def capitalized(text: str) -> str:
    """The first letter large and the rest as it is (``str.capitalize`` would make "LIVEs" small)."""
    return text[:1].upper() + text[1:]


def position_words(seconds: int) -> str:
    """A position in a recording: ``01:02:03``."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"

"""How the moment that somebody asked about was read, in words."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from kit.formatting import day_words


def outside_the_years(first: int, last: int) -> str:
    said = _("Choose a moment in the years %(first)s to %(last)s. Until then you see the ledger as it is now.")
    return said % {"first": first, "last": last}


def no_moment(text: str) -> str:
    said = _(
        "“%(text)s” is no date and time. Write it like 2026-01-31T09:30. Until then you see the ledger as it is now."
    )
    return said % {"text": text if len(text) <= 40 else f"{text[:40]}…"}


def came_twice(local: datetime) -> str:
    """Of a local time (naive) that clocks show twice."""
    said = _("Clocks were put back on %(day)s, so %(time)s came twice. This is the first time.")
    return said % {"day": day_words(local), "time": f"{local:%H:%M}"}


def never_came(local: datetime, *, read_as: datetime) -> str:
    """Of a local time (naive) that clocks never show; ``read_as`` is local too."""
    said = _("Clocks were put forward on %(day)s, so %(time)s never came. This is %(read_as)s.")
    return said % {"day": day_words(local), "time": f"{local:%H:%M}", "read_as": f"{read_as:%H:%M}"}


def not_within(first: date, last: date) -> str:
    """Of a day before the first or after the last that can be asked about."""
    said = _("Choose a day from %(first)s to %(last)s. Until then you see today.")
    return said % {"first": day_words(first), "last": day_words(last)}

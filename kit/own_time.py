"""The time zone of whoever looks, beside the one that decides: said where somebody could be late by reading the other.

A page or an email sets it for as long as it is made. Documents are the same for everybody, so nothing is set for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from .formatting import clock_words, deadline_words, moment_words

_own: ContextVar[tzinfo | None] = ContextVar("own_time", default=None)


@contextmanager
def own_time(zone: tzinfo | None) -> Iterator[None]:
    """Tell deadlines in this zone too; ``None``: in that of the market alone."""
    token = _own.set(zone)
    try:
        yield
    finally:
        _own.reset(token)


def deadline_in_both(deadline: datetime, *, zone: tzinfo) -> str:
    """``17 Dec 2026, 08:00 EST (14:00 CET for you)``; once where the clocks of both show the same."""
    words, own = deadline_words(deadline, zone=zone), _own.get()
    if own is None or deadline.astimezone(own).utcoffset() == deadline.astimezone(zone).utcoffset():
        return words
    last = deadline - timedelta(microseconds=1)
    same_day = last.astimezone(zone).date() == deadline.astimezone(own).date()
    own_words = (clock_words if same_day else moment_words)(deadline, zone=own)
    return _("%(deadline)s (%(own)s for you)") % {"deadline": words, "own": own_words}

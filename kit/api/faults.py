"""What is wrong with a value that was sent, in words: whoever finds a fault, readers or services, says the same."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..dates import YEARS


def empty() -> str:
    return _("It is empty, and needed.")


def shown(value: object) -> str:
    """A value as a message quotes it: short, on one line, in characters that every terminal can show."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}…"


def too_long(length: int, *, longest: int) -> str:
    said = ngettext(
        "It has %(count)s character; at most %(longest)s fit.",
        "It has %(count)s characters; at most %(longest)s fit.",
        length,
    )
    return said % {"count": f"{length:,}", "longest": f"{longest:,}"}


def none_of(value: object, choices: Iterable[str]) -> str:
    return _("%(value)s is none of %(choices)s.") % {"value": shown(value), "choices": ", ".join(choices)}


def no_moment(value: object) -> str:
    said = _("%(value)s is no moment; write it like 2026-11-18T14:30:00-05:00.")
    return said % {"value": shown(value)}


def without_offset(value: object) -> str:
    said = _("%(value)s has no offset from UTC; write it like 2026-11-18T14:30:00-05:00.")
    return said % {"value": shown(value)}


def outside_the_years(value: object) -> str:
    facts = {"value": shown(value), "first": YEARS[0], "last": YEARS[-1]}
    return _("%(value)s is not in the years %(first)s to %(last)s.") % facts

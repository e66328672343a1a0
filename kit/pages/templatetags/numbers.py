"""Numbers and points. Its filters are builtins (see the settings)."""

from django import template
from django.utils.translation import ngettext

from kit.dates import MINUS
from kit.formatting import signed

register = template.Library()
register.filter(signed)


@register.filter
def number(value: int) -> str:
    """A number with a true minus sign."""
    return f"{MINUS}{-value}" if value < 0 else str(value)


@register.filter
def negated(value: int) -> int:
    """The other sign: what a gain takes off, what expired points no longer add."""
    return -value


@register.filter
def points(value: int) -> str:
    """``1 point``, ``3 points``, ``−1 point``."""
    return _points(number(value), count=abs(value))


@register.filter
def signed_points(value: int) -> str:
    """``+2 points``, ``−1 point``."""
    return _points(signed(value), count=abs(value))


def _points(shown: str, *, count: int) -> str:
    return ngettext("%(points)s point", "%(points)s points", count) % {"points": shown}

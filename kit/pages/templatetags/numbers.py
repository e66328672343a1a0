"""Numbers and points. Its filters are builtins (see the settings)."""

from django import template

from kit import formatting

register = template.Library()


@register.filter
def signed(value: int) -> str:
    """A change: ``+2``, ``−1`` (a true minus) or ``0``."""
    if value > 0:
        return f"+{value}"
    return number(value)


@register.filter
def number(value: int) -> str:
    """A number with a true minus sign."""
    return f"{formatting.MINUS}{-value}" if value < 0 else str(value)


@register.filter
def negated(value: int) -> int:
    """The other sign: what a gain takes off, what expired points no longer add."""
    return -value


@register.filter
def points(value: int) -> str:
    """``1 point``, ``3 points``, ``−1 point``."""
    return f"{number(value)} {'point' if abs(value) == 1 else 'points'}"


@register.filter
def signed_points(value: int) -> str:
    """``+2 points``, ``−1 point``."""
    return f"{signed(value)} {'point' if abs(value) == 1 else 'points'}"

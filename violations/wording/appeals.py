"""Appeals and how they are decided, in words."""

from __future__ import annotations

from datetime import timedelta

from kit.formatting import counted


def days_and_hours(time: timedelta) -> str:
    """``2 days 5 hours``: a time rounded to hours; at least an hour."""
    days, hours = divmod(max(round(time.total_seconds() / 3600), 1), 24)
    parts = [counted(count, noun) for count, noun in ((days, "day"), (hours, "hour")) if count]
    return " ".join(parts)

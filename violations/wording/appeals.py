"""Appeals and how they are decided, in words."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import ngettext


def days_and_hours(time: timedelta) -> str:
    """``2 days 5 hours``: a time rounded to hours; at least an hour."""
    days, hours = divmod(max(round(time.total_seconds() / 3600), 1), 24)
    in_days = ngettext("%(days)s day", "%(days)s days", days) % {"days": f"{days:,}"}
    in_hours = ngettext("%(hours)s hour", "%(hours)s hours", hours) % {"hours": hours}
    return " ".join(words for words, count in ((in_days, days), (in_hours, hours)) if count)

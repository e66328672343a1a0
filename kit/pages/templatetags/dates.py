"""Dates and times, always in the active time zone (a seller's page activates the market's). Its tags are builtins."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit import formatting
from kit.dates import zone_name
from kit.own_time import deadline_in_both

register = template.Library()

NO_TIME, MINUTE, HOUR = timedelta(0), timedelta(minutes=1), timedelta(hours=1)
SOON = timedelta(hours=12)
"""From when on hours say more than days: what starts at half past midnight is tomorrow, and in an hour."""

NEAR = {-1: gettext_noop("yesterday"), 0: gettext_noop("today"), 1: gettext_noop("tomorrow")}


@register.filter
def local_datetime(value: datetime | None) -> str:
    """``14 Nov 2026, 18:05 PST``."""
    return "" if value is None else formatting.moment_words(value, zone=_zone())


@register.filter
def local_time(value: datetime | None) -> str:
    """``18:05 PST``."""
    return "" if value is None else formatting.clock_words(value, zone=_zone())


@register.filter
def local_date(value: date | None) -> str:
    """``14 Nov 2026``, the local day of a moment (a plain date stays what it is)."""
    return "" if value is None else formatting.day_words(value, zone=_zone())


@register.filter
def deadline(value: datetime | None) -> str:
    """The last moment before a deadline: ``the end of 16 Dec 2026``, or ``17 Dec 2026, 08:00 PST``."""
    return "" if value is None else formatting.deadline_words(value, zone=_zone())


@register.filter
def do_by(value: datetime | None) -> str:
    """As ``deadline``, of something that the reader does: also in the time zone that they chose for themselves."""
    return "" if value is None else deadline_in_both(value, zone=_zone())


@register.simple_tag
def now_words() -> str:
    """This moment: ``28 Nov 2026, 12:05 PST``."""
    return local_datetime(timezone.now())


@register.simple_tag
def shown_zone() -> str:
    """The zone in which this page shows times, as it is called now: ``PST``."""
    return zone_name(timezone.now(), zone=_zone())


@register.filter
def until_words(value: date | None, now: datetime | None = None) -> str:
    """How far away a day is: ``today``, ``tomorrow``, ``in 9 days``, ``3 days ago``; counted in local days."""
    if value is None:
        return ""
    days = (_local_day(value) - _local_day(now or timezone.now())).days
    if days in NEAR:
        return _(NEAR[days])
    if days > 0:
        return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
    return ngettext("%(days)s day ago", "%(days)s days ago", -days) % {"days": -days}


@register.filter
def starts_words(value: datetime, now: datetime | None = None) -> str:
    """How far away something is that one has to be in time for: in hours or minutes if it is near, else in days."""
    left = value - (now or timezone.now())
    if not NO_TIME < left < SOON:
        return until_words(value, now)
    if left < HOUR:
        minutes = max(left // MINUTE, 1)
        return ngettext("in %(minutes)s minute", "in %(minutes)s minutes", minutes) % {"minutes": minutes}
    hours = left // HOUR
    return ngettext("in %(hours)s hour", "in %(hours)s hours", hours) % {"hours": hours}


def _local_day(value: date) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def _zone() -> ZoneInfo:
    return timezone.get_current_timezone()

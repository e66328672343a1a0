"""Names of time zones. Two databases of them are asked, Python's and Postgres's, and they need not be the same."""

from __future__ import annotations

import logging
import re
import zoneinfo
from functools import cache, lru_cache

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

PLACES = re.compile(
    r"(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Z][A-Za-z_/-]*|UTC"
)
"""What a zone may be called. Others are names of a machine's own (localtime, Factory), former ones that a newer
database may lack (Singapore, US/Eastern, EST), or say the opposite of what they seem to (Etc/GMT+5 is UTC−05)."""


@cache
def known_time_zones() -> frozenset[str]:
    """All names that both Python and Postgres know; asked for once in a process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        return frozenset(name for (name,) in cursor.fetchall()) & zoneinfo.available_timezones()


def time_zones() -> list[str]:
    """The names to choose from, in the order of the alphabet."""
    return sorted(name for name in known_time_zones() if PLACES.fullmatch(name))


def validate_time_zone(name: str) -> None:
    """Refuse a name that is not of a place, or that Python or Postgres does not know."""
    if not PLACES.fullmatch(name):
        raise ValidationError(
            _("%(name)s is no time zone of a place; use a name such as Europe/London, or UTC.") % {"name": repr(name)}
        )
    if name not in known_time_zones():
        raise ValidationError(_("%(name)s is no time zone; use a name such as Europe/London.") % {"name": repr(name)})


@lru_cache(maxsize=1_000)
def zone_or_utc(name: str) -> zoneinfo.ZoneInfo:
    """The zone, or UTC for a name that was stored and is not known any more: one row keeps no list from showing.

    For times that are shown. What decides something (a market's weeks and deadlines) fails instead.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        logger.exception("The time zone %r is not known here; times are shown in UTC.", name)
        return zoneinfo.ZoneInfo("UTC")

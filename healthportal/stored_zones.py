"""Whether the time zones that markets and workshops were stored with are still known to Python and Postgres."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.db import DatabaseError

from kit.time_zones import known_time_zones
from sellers.models import Market
from workshops.models import Workshop

HINT = "Install the time zone database (tzdata, also tzdata-legacy) where it is missing, or give it another zone."


def unknown_zones() -> list[str]:
    """The markets and workshops whose zone is unknown, in words (2 queries, and one in a process)."""
    known = known_time_zones()
    markets = Market.objects.exclude(time_zone__in=known).order_by("code")
    workshops = Workshop.objects.exclude(time_zone__in=known).order_by("pk")
    found = [f"market {code} ({zone})" for code, zone in markets.values_list("code", "time_zone")]
    return found + [f"workshop {pk} ({zone})" for pk, zone in workshops.values_list("pk", "time_zone")]


def zone_faults() -> str:
    """The first few of them; empty if there are none."""
    found = unknown_zones()
    more = f" and {len(found) - 3:,} more" if len(found) > 3 else ""
    return f"not known to Python and Postgres: {', '.join(found[:3])}{more}" if found else ""


@checks.register(checks.Tags.database, deploy=True)
def check_zones(*, databases: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """For ``check --deploy --database default``."""
    if not databases:
        return []
    try:
        faults = zone_faults()
    except DatabaseError as error:
        return [checks.Warning(f"Time zones could not be looked at: {error}", id="healthportal.W010")]
    return [checks.Error(f"Time zones {faults}.", hint=HINT, id="healthportal.E010")] if faults else []

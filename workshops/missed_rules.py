"""What comes of places that nobody used. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class MissedWorkshops:
    """How many workshops a seller missed that count, and until when it waits behind the others for them."""

    count: int
    days: int
    until: datetime


def waits_behind_until(
    ended: Collection[datetime], *, limit: int, days: int, as_of: datetime
) -> MissedWorkshops | None:
    """What follows from having missed workshops that ended then, ``None`` if nothing does.

    Each counts for ``days`` from its end; who has missed ``limit`` waits behind the others until fewer count. With a
    limit of 0 nobody ever does.
    """
    lasts = timedelta(days=days)
    counting = sorted(moment for moment in ended if as_of - lasts < moment <= as_of)
    if not limit or len(counting) < limit:
        return None
    return MissedWorkshops(len(counting), days, counting[len(counting) - limit] + lasts)

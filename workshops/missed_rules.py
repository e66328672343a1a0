"""What follows from missed workshops. Pure."""

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
    """Until when a seller waits behind others who missed workshops that ended then; ``None`` if it does not.

    Each missed workshop counts for ``days`` from its end. A seller with ``limit`` of them waits behind the others until
    fewer count. With a limit of 0 nobody does.
    """
    lasts = timedelta(days=days)
    counting = sorted(moment for moment in ended if as_of - lasts < moment <= as_of)
    if not limit or len(counting) < limit:
        return None
    return MissedWorkshops(len(counting), days, counting[len(counting) - limit] + lasts)

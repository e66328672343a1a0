"""Reads of how a workshop stands in somebody's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from accounts.models import User
from sellers.models import Member

from .models import Signup, Workshop


@dataclass(frozen=True)
class Entry:
    """A workshop as one person's calendar is to have it, who may act for several sellers.

    The ``sequence`` rises with each change of the workshop, and with each place that is taken or lost. So what is newer
    is known as such by calendar programs. ``changed_at`` is when that was last.
    """

    has_place: bool
    sequence: int
    changed_at: datetime


def entry_of(workshop: Workshop, *, person: User, seller_id: int) -> Entry:
    """How a workshop stands with a seller and the others that a person acts for: one event (1 query)."""
    own = Q(seller=seller_id) | Q(seller__in=Member.objects.filter(user=person).order_by().values("seller"))
    lost = Q(placed_at__isnull=False, state=Signup.State.CANCELLED)
    found = Signup.objects.filter(own, workshop=workshop).aggregate(
        places=Count("pk", filter=Q(state=Signup.State.PLACED)),
        taken=Count("placed_at"),
        lost=Count("pk", filter=lost),
        taken_at=Max("placed_at"),
        lost_at=Max("cancelled_at", filter=lost),
    )
    moments = [workshop.changed_at, found["taken_at"], found["lost_at"]]
    return Entry(
        has_place=found["places"] > 0,
        sequence=workshop.revision + max(found["taken"] - 1, 0) + found["lost"],
        changed_at=max(moment for moment in moments if moment is not None),
    )

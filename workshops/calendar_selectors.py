"""Reads of how a workshop stands in somebody's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from accounts.models import User
from sellers.models import Member, MemberChange

from .models import Signup, Workshop


@dataclass(frozen=True)
class Entry:
    """A workshop as one person's calendar is to have it, who may act for several sellers.

    The ``sequence`` rises with each change of the workshop, and with each place that is taken or lost. Also when the
    person joins or leaves a seller that has one. So what is newer is known as such by calendar programs. ``changed_at``
    is when that was last.
    """

    has_place: bool
    sequence: int
    changed_at: datetime


def entry_of(workshop: Workshop, *, person: User, seller_id: int | None = None) -> Entry:
    """How a workshop stands with the sellers that a person acts for: one event (2 queries).

    With a ``seller_id`` also that seller, for staff who view as it. What sellers of before took and lost counts on:
    what takes the event off is newer than what put it in.
    """
    current = Q(seller=seller_id) | Q(seller__in=Member.objects.filter(user=person).order_by().values("seller"))
    changes = MemberChange.objects.filter(user=person).order_by()
    lost = Q(placed_at__isnull=False, state=Signup.State.CANCELLED)
    found = Signup.objects.filter(current | Q(seller__in=changes.values("seller")), workshop=workshop).aggregate(
        places=Count("pk", filter=Q(state=Signup.State.PLACED) & current),
        taken=Count("placed_at"),
        lost=Count("pk", filter=lost),
        taken_at=Max("placed_at"),
        lost_at=Max("cancelled_at", filter=lost),
    )
    with_places = workshop.signups.filter(placed_at__isnull=False).order_by().values("seller")
    moved = changes.filter(seller__in=with_places).aggregate(times=Count("pk"), at=Max("changed_at"))
    moments = [workshop.changed_at, found["taken_at"], found["lost_at"], moved["at"]]
    return Entry(
        has_place=found["places"] > 0,
        sequence=workshop.revision + max(found["taken"] - 1, 0) + found["lost"] + moved["times"],
        changed_at=max(moment for moment in moments if moment is not None),
    )

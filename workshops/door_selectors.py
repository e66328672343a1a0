"""Reads of the door: who is to come to a workshop, and who may check people in. Moments are UTC."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Lower

from sellers.models import Seller

from .models import DoorLink, Signup, SignupQuerySet, Workshop
from .selectors import with_position


def at_the_door(*, workshop: Workshop) -> SignupQuerySet:
    """Everybody but who cancelled, with ``position``, the waiting list in its order (1 query)."""
    active = Signup.objects.active().filter(workshop=workshop)
    return with_position(active.select_related("seller", "checked_in_by", "checked_in_with")).order_by("turn", "id")


def door_link_of(secret: str, *, as_of: datetime) -> DoorLink | None:
    """The link that can be used and has this secret."""
    links = DoorLink.objects.usable(at=as_of).filter(secret_hash=DoorLink.hash_of(secret))
    return links.select_related("workshop__city", "workshop__market").first()


def links_in_use(*, workshop: Workshop, as_of: datetime) -> QuerySet[DoorLink]:
    """The links that helpers can use, the first one first."""
    return DoorLink.objects.usable(at=as_of).filter(workshop=workshop).select_related("workshop", "made_by")


def who_may_walk_in(*, workshop: Workshop, words: str) -> QuerySet[Seller]:
    """Sellers that have these words in their names or this id.

    They are of the workshop's market unless it is open to all.
    """
    sellers = Seller.objects.called(words).select_related("market")
    if not workshop.open_to_all_markets:
        sellers = sellers.filter(market=workshop.market_id)
    return sellers.order_by(Lower("name"), "id")

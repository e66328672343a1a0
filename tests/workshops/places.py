"""Sign-ups for tests, made by the real service."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import uuid4

from sellers.models import Seller
from tests.factories import NOW, MemberFactory, SellerFactory
from workshops.models import Signup, Workshop
from workshops.services import Appointment, sign_up


def member_seller(**fields: object) -> Seller:
    """A seller with one member."""
    return MemberFactory(seller=SellerFactory(**fields)).seller


def take(workshop: Workshop, seller: Seller | None = None, *, now: datetime = NOW) -> Signup:
    """Sign a seller (a new one of the workshop's market) up."""
    seller = seller or member_seller(market=workshop.market)
    return sign_up(workshop=workshop, seller=seller, user=seller.users.first(), key=uuid4(), now=now)


def fill(workshop: Workshop, count: int, *, now: datetime = NOW) -> list[Signup]:
    """Sign ``count`` new sellers up, one after the other."""
    return [take(workshop, now=now) for _ in range(count)]


def states(workshop: Workshop) -> str:
    """The sign-ups in order, one letter each: P has a place, W waits, C is cancelled."""
    order = workshop.signups.order_by("turn", "id").values_list("state", flat=True)
    return "".join(state[0].upper() for state in order)


def check_places(workshop: Workshop) -> Counter[str]:
    """As many places as there are, to those who came first; answers how many have what."""
    workshop.refresh_from_db()
    order = states(workshop).replace("C", "")
    count = Counter(order)
    assert count["P"] == min(workshop.capacity, len(order))
    assert order == "P" * count["P"] + "W" * count["W"]
    return count


def appointment_like(workshop: Workshop, *, starts_at: datetime) -> Appointment:
    """The same place at another time."""
    return Appointment(workshop.city, workshop.venue, workshop.address, workshop.time_zone, starts_at)

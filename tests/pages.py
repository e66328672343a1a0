"""What the tests of pages share: a person signed in for a seller whose market's books were opened long ago."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

from django.test import Client
from django.utils import timezone

from sellers.models import Member, Seller
from tests.factories import LONG_AGO, MarketFactory, MemberFactory, SellerFactory, person_in


def wait_for_room_in_the_minute(seconds: float = 6) -> None:
    """Wait until what is done in the next seconds is done in one minute: pages are kept for one."""
    left = 60 - time.time() % 60
    if left < seconds:
        time.sleep(left)


SECRET = re.compile(r'name="(csrfmiddlewaretoken|key)" value="[^"]*"')


def without_secret(page: str) -> str:
    """A page without the token and the key of its forms, which are others each time."""
    return SECRET.sub("", page)


def ago(**span: float) -> datetime:
    return timezone.now() - timedelta(**span)


def signed_in_seller(client: Client, **fields: object) -> Seller:
    """A seller in New York, opened long ago, with the client signed in as its member."""
    seller: Seller = SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO), **fields)
    client.force_login(MemberFactory(seller=seller).user)
    return seller


def staff_client(role: str) -> Client:
    """A browser in which somebody of the staff in a role is signed in."""
    client = Client()
    client.force_login(person_in(role))
    return client


def become(role: str, seller: Seller) -> None:
    """Give the members of a seller another role; somebody else becomes the owner that every seller has."""
    owner = MemberFactory(seller=seller)
    Member.objects.filter(seller=seller).exclude(pk=owner.pk).update(role=role)

"""What the tests of pages share: a person signed in for a seller whose market's books were opened long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.test import Client
from django.utils import timezone

from sellers.models import Seller
from tests.factories import LONG_AGO, MarketFactory, MemberFactory, SellerFactory


def ago(**span: float) -> datetime:
    return timezone.now() - timedelta(**span)


def signed_in_seller(client: Client, **fields: object) -> Seller:
    """A seller in New York, opened long ago, with the client signed in as its member."""
    seller: Seller = SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO), **fields)
    client.force_login(MemberFactory(seller=seller).user)
    return seller

"""Emails about the account of somebody whose sellers are all of one market carry its brand.

What is about one seller, such as an invitation, carries that of its market, whoever reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.core.mail import EmailMultiAlternatives

from accounts.looks import write_in
from accounts.models import User
from kit.brands import ShownBrand

from .brands import brand_of, reply_headers, sender_of
from .models import Invitation, Market, Member


@dataclass(frozen=True)
class BrandLook:
    """The brand of a market: its name, logo, colours, sender and foot."""

    market: Market
    brand: ShownBrand

    @property
    def name(self) -> str:
        return self.brand.name

    def dress(self, email: EmailMultiAlternatives) -> None:
        email.from_email = sender_of(self.market)
        email.extra_headers |= reply_headers(self.market)
        write_in(self.brand, email)


def brand_look(address: str, look: str = "") -> BrandLook | None:
    """The brand of the market that an email is about (``look`` is its id).

    Else that of all sellers of who has its address. Who has no seller yet is known by those that invite them. ``None``
    unless it is one market, which has a brand.
    """
    markets = {int(look)} if look else _markets_of(address.lower())
    if len(markets) != 1:
        return None
    market = Market.objects.filter(pk__in=markets, brand__isnull=False).select_related("brand").first()
    return BrandLook(market, brand_of(market)) if market is not None else None


def _markets_of(address: str) -> set[int]:
    people = set(User.objects.filter(email=address).values_list("pk", flat=True))
    people |= set(EmailAddress.objects.filter(email=address).values_list("user", flat=True))
    own = Member.objects.filter(user__in=people).values_list("seller__market", flat=True).distinct()
    invited = Invitation.objects.open().filter(email=address).values_list("seller__market", flat=True)
    return set(own.order_by()) or set(invited.order_by())

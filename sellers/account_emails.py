"""Emails about the account of somebody whose sellers are all of one market carry its brand.

What is about one seller, such as an invitation, carries that of its market, whoever reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.core.mail import EmailMultiAlternatives

from accounts.models import User
from kit.emails.templates import render_email

from .brands import ShownBrand, brand_of, reply_headers, sender_of
from .models import Invitation, Market, Member

SIGNATURE = "\n-- \n"
"""Begins the foot of a text (RFC 3676, 4.3)."""


@dataclass(frozen=True)
class BrandLook:
    """The brand of a market: its name, logo, colours, sender and foot."""

    market: Market
    brand: ShownBrand

    @property
    def name(self) -> str:
        return self.brand.name

    def dress(self, email: EmailMultiAlternatives) -> None:
        text = str(email.body).partition(SIGNATURE)[0].strip()
        context = {"subject": email.subject, "text": text, "brand": self.brand}
        email.from_email = sender_of(self.market)
        email.extra_headers |= reply_headers(self.market)
        email.body = render_email("account.txt", context)
        email.attach_alternative(render_email("account.html", context), "text/html")


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

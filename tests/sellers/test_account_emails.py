"""Emails about somebody's account carry the brand of their market, where all of their sellers are of one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.delivery import deliver_account_emails
from accounts.looks import OWN
from accounts.models import AccountEmail, User
from accounts.services import queue_account_email
from kit.addresses import portal_url
from sellers.account_emails import brand_look
from sellers.models import Market, Seller
from sellers.services import invite_member
from tests.factories import MarketFactory, MemberFactory, SellerFactory, UserFactory
from tests.inbox.smtp import Mailbox, mail_server
from tests.sellers.branding import a_logo, brand

pytestmark = pytest.mark.django_db

GLOW = {
    "name": "Glow <Health>",
    "accent": "#7a1f5c",
    "sender_name": "Glow Team",
    "reply_to": "help@glow.example",
    "support_url": "https://glow.example/help",
    "footer": "Glow Ltd., 1 High Street",
}


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with mail_server(settings) as mailbox:
        yield mailbox


@pytest.fixture
def market() -> Market:
    market: Market = MarketFactory()
    brand(market, logo=a_logo(), **GLOW)
    return market


@pytest.fixture
def seller(market: Market) -> Seller:
    seller: Seller = SellerFactory(market=market)
    return seller


def person(*sellers: Seller) -> User:
    user: User = UserFactory(email="ann@glow.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for seller in sellers:
        MemberFactory(user=user, seller=seller)
    return user


def delivered(mailbox: Mailbox) -> EmailMessage:
    deliver_account_emails(clock=lambda: timezone.now() + timedelta(seconds=1))
    return mailbox.taken[-1]


def parts(email: EmailMessage) -> dict[str, str]:
    return {part.get_content_type(): part.get_content() for part in email.walk() if not part.is_multipart()}


def test_reset_has_name_logo_colours_sender_and_foot(client: Client, mailbox: Mailbox, seller: Seller) -> None:
    user = person(seller)
    client.post(reverse("account_reset_password"), {"email": user.email})
    link = next(word for word in AccountEmail.objects.get().body.split() if "/reset/" in word)
    email = delivered(mailbox)
    assert "Glow Team" in str(email["From"])
    assert email["Reply-To"] == "help@glow.example"
    said = parts(email)
    for content in said.values():
        assert link in content.replace("&amp;", "&")
        assert "Account health" not in content
        assert "Glow Ltd., 1 High Street" in content
        assert "https://glow.example/help" in content
    assert said["text/plain"].replace("\r\n", "\n").count("\n-- \n") == 1
    assert "Glow &lt;Health&gt;" in said["text/html"]
    assert "#7a1f5c" in said["text/html"]
    assert f'<img src="{portal_url("/")}' in said["text/html"]


def test_invitation_and_new_address_have_it_too(client: Client, mailbox: Mailbox, seller: Seller) -> None:
    user = person(seller)
    invite_member(seller=seller, email="new@glow.example", role="viewer", invited_by=user, now=timezone.now())
    assert "Glow Ltd." in parts(delivered(mailbox))["text/html"]
    client.force_login(user)
    EmailAddress.objects.create(user=user, email="other@glow.example")
    assert brand_look("Other@Glow.example") is not None


def test_it_is_in_the_language_of_its_text(mailbox: Mailbox, seller: Seller) -> None:
    user, now = person(seller), timezone.now()
    with translation.override("ar"):
        queue_account_email(to=user.email, subject="S", body="B", now=now, expires_at=now + timedelta(hours=1))
    assert '<html lang="ar" dir="rtl">' in parts(delivered(mailbox))["text/html"]


def test_sellers_of_several_markets_or_of_none_with_a_brand_see_the_portals_own(
    mailbox: Mailbox, seller: Seller
) -> None:
    elsewhere = SellerFactory()
    user, now = person(seller, elsewhere), timezone.now()
    assert brand_look(user.email) is None
    assert brand_look(MemberFactory(seller=elsewhere).user.email) is None
    assert brand_look(UserFactory().email) is None
    assert brand_look("nobody@glow.example") is None
    queue_account_email(to=user.email, subject="S", body="B", now=now, expires_at=now + timedelta(hours=1))
    email = delivered(mailbox)
    assert "Glow" not in str(email["From"])
    assert "Glow" not in parts(email)["text/html"]
    assert parts(email)["text/plain"].splitlines()[-1] == "Account health"
    user.memberships.get(seller=elsewhere).delete()
    MemberFactory(user=user, seller=SellerFactory(market=seller.market))
    assert brand_look(user.email) is not None


def invited(email: str, seller: Seller) -> None:
    owner = MemberFactory(seller=seller).user
    invite_member(seller=seller, email=email, role="viewer", invited_by=owner, now=timezone.now())


def test_invitation_has_the_brand_of_who_invites_and_takes_none_from_a_member(
    client: Client, mailbox: Mailbox, seller: Seller
) -> None:
    user, elsewhere = person(seller), SellerFactory()
    brand(elsewhere.market, name="Shine", footer="Shine Ltd.")
    invited(user.email, elsewhere)
    assert "Shine Ltd." in parts(delivered(mailbox))["text/html"]
    client.post(reverse("account_reset_password"), {"email": user.email})
    assert "Glow Ltd." in parts(delivered(mailbox))["text/html"]


def test_who_is_no_member_yet_is_known_by_who_invites(seller: Seller) -> None:
    invited("new@glow.example", seller)
    assert brand_look("new@glow.example") == brand_look("", str(seller.market_id))
    invited("new@glow.example", SellerFactory())
    assert brand_look("new@glow.example") is None


def test_email_to_staff_is_the_portals_own(mailbox: Mailbox, seller: Seller) -> None:
    user, now = person(seller), timezone.now()
    queue_account_email(to=user.email, subject="S", body="B", now=now, expires_at=now + timedelta(hours=1), look=OWN)
    assert "Glow" not in str(delivered(mailbox)["From"])

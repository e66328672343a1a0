"""In whose time pages are that are no seller's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from sellers.models import Seller
from tests.factories import MarketFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

BANGKOK, TOKYO = "UTC+07", "JST"
PAGES = ["/account/", "/sellers/", "/account/erasure/", "/accounts/sessions/", "/accounts/2fa/", "/accounts/email/"]
PAGES_OF_ERRORS = ["/no-such-page/", "/s/0/", "/unsubscribe/x/", "/invitations/x/"]


@pytest.fixture
def seller(client: Client) -> Seller:
    member = MemberFactory(seller__market__time_zone="Asia/Bangkok")
    client.force_login(member.user)
    seller: Seller = member.seller
    return seller


def zone_shown(client: Client, path: str) -> str:
    return client.get(path).text.partition("times are shown in ")[2].partition("</p>")[0]


@pytest.mark.parametrize("path", [*PAGES, *PAGES_OF_ERRORS])
def test_a_member_reads_the_time_of_their_seller_or_their_own(client: Client, seller: Seller, path: str) -> None:
    assert zone_shown(client, path) == BANGKOK
    user = seller.members.get().user
    user.time_zone = "Asia/Tokyo"
    user.save()
    assert zone_shown(client, path) == TOKYO
    assert zone_shown(client, reverse("dashboard", args=[seller.pk])) == BANGKOK


def test_a_member_of_many_reads_that_of_the_seller_they_opened_last(client: Client, seller: Seller) -> None:
    user = seller.members.get().user
    other = MemberFactory(user=user, seller__market=MarketFactory(time_zone="Asia/Tokyo")).seller
    client.get(reverse("dashboard", args=[other.pk]))
    assert zone_shown(client, "/no-such-page/") == TOKYO


def test_visitors_and_who_acts_for_nobody_read_utc(client: Client) -> None:
    assert zone_shown(client, "/no-such-page/") == "UTC"
    client.force_login(UserFactory())
    assert zone_shown(client, "/account/") == "UTC"

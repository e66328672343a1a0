import pytest
from django.test import Client
from django.urls import reverse

from sellers.access import LAST_SELLER
from tests.factories import MarketFactory, SellerFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_home_tells_a_visitor_what_the_portal_is(client: Client) -> None:
    response = client.get(reverse("home"))
    assert response.status_code == 200
    assert reverse("account_login") in response.text


def test_home_sends_a_member_to_the_first_seller_by_name(client: Client) -> None:
    user, market = UserFactory(), MarketFactory()
    for name in ("Second", "First"):
        seller = SellerFactory(name=name, market=market)
        seller.members.create(user=user)
    client.force_login(user)
    assert client.get(reverse("home")).headers["Location"] == reverse("dashboard", kwargs={"seller_id": seller.pk})


def test_home_sends_a_member_to_the_seller_used_last(client: Client) -> None:
    user, market = UserFactory(), MarketFactory()
    sellers = [SellerFactory(name=name, market=market) for name in ("First", "Second")]
    for seller in sellers:
        seller.members.create(user=user)
    client.force_login(user)
    session = client.session
    session[LAST_SELLER] = sellers[1].pk
    session.save()
    assert client.get(reverse("home")).headers["Location"] == reverse("dashboard", kwargs={"seller_id": sellers[1].pk})


def test_home_ignores_a_last_seller_the_person_no_longer_acts_for(client: Client) -> None:
    user, own, other = UserFactory(), SellerFactory(), SellerFactory()
    own.members.create(user=user)
    client.force_login(user)
    session = client.session
    session[LAST_SELLER] = other.pk
    session.save()
    assert client.get(reverse("home")).headers["Location"] == reverse("dashboard", kwargs={"seller_id": own.pk})


def test_home_sends_staff_without_a_seller_to_the_admin(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True))
    assert client.get(reverse("home")).headers["Location"] == reverse("admin:index")


def test_home_tells_a_person_without_a_seller_what_to_do(client: Client) -> None:
    client.force_login(UserFactory())
    assert "does not act for a seller yet" in client.get(reverse("home")).text


def test_styleguide_is_for_staff_only(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get(reverse("styleguide")).status_code == 404


def test_styleguide_needs_no_inline_style_or_script(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True))
    page = client.get(reverse("styleguide")).text
    assert not any(part in page for part in ('style="', "<style", "onclick=", "<script>"))


@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "account_signup"])
def test_sign_in_pages_look_like_the_portal(client: Client, name: str) -> None:
    assert "portal/portal.css" in client.get(reverse(name)).text


def test_missing_page_says_what_to_do(client: Client) -> None:
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "This page is not here" in response.text


def test_page_that_is_not_here_says_who_is_signed_in_and_leads_on(client: Client) -> None:
    assert "You are signed in as" not in client.get("/no-such-page/").text
    user, market = UserFactory(), MarketFactory()
    own, foreign = (SellerFactory(market=market) for _ in range(2))
    own.members.create(user=user)
    client.force_login(user)
    address = reverse("dashboard", kwargs={"seller_id": foreign.pk})
    page = client.get(address)
    assert page.status_code == 404
    assert f"You are signed in as <b><bdi>{user.email}</bdi></b>." in page.text
    assert foreign.name not in page.text
    leads_on = f'<a class="button button-secondary" href="{reverse("sellers")}">'
    assert leads_on not in page.text
    SellerFactory(market=market).members.create(user=user)
    assert leads_on in client.get(address).text

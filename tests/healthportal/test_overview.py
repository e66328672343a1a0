"""The page of all sellers of a person, and the menu to change between them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from kit.formatting import deadline_words
from sellers.models import Market
from tests.factories import (
    LONG_AGO,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    issue,
)
from tests.pages import ago, signed_in_seller
from tests.violations.appealing import appeal_against
from violations.rules import StandingLevel
from violations.services import ask_seller, withdraw_request

pytestmark = pytest.mark.django_db
PAGE = "/sellers/"


@pytest.fixture
def market() -> Market:
    return MarketFactory(books_closed_until=LONG_AGO)


@pytest.fixture
def person(client: Client) -> User:
    user: User = UserFactory()
    client.force_login(user)
    return user


def seller_of(person: User, market: Market, *, name: str, points: int = 0) -> Any:
    seller = MemberFactory(user=person, seller=SellerFactory(market=market, name=name)).seller
    if points:
        issue(seller, QuizFactory(policy=PolicyFactory(points=points)).policy, now=ago(days=1))
    return seller


def test_the_worst_comes_first_with_its_total_deadline_and_unread(client: Client, person: User, market: Market) -> None:
    for name, points in [("Fine", 0), ("Restricted", 12), ("At risk", 8), ("Good", 2)]:
        seller_of(person, market, name=name, points=points)
    seller_of(UserFactory(), market, name="Somebody else's", points=24)
    response = client.get(PAGE)
    lines = response.context["lines"]
    assert [(line.seller.name, line.standing.level, line.standing.total, line.standing.distance) for line in lines] == [
        ("Restricted", StandingLevel.RESTRICTED, 12, 12),
        ("At risk", StandingLevel.AT_RISK, 8, 4),
        ("Good", StandingLevel.GOOD, 2, 10),
        ("Fine", StandingLevel.GOOD, 0, 12),
    ]
    assert [line.unread > 0 for line in lines] == [True, True, True, False]
    assert [line.quiz_until is not None for line in lines] == [True, True, True, False]
    assert "Somebody else" not in response.text


def test_a_quiz_that_brings_nothing_is_no_deadline(client: Client, person: User) -> None:
    market = MarketFactory(books_closed_until=LONG_AGO, rewarded_passes_per_month=0)
    seller_of(person, market, name="Shop", points=3)
    [line] = client.get(PAGE).context["lines"]
    assert line.quiz_until is None


def test_what_a_reviewer_asks_for_is_a_deadline_until_it_is_sent(client: Client, person: User, market: Market) -> None:
    seller_of(person, market, name="Not asked", points=3)
    seller = seller_of(person, market, name="Asked", points=2)
    appeal = appeal_against(seller.violations.get(), now=ago(hours=20))
    request = ask_seller(appeal=appeal, things=["The invoice"], asked_by=UserFactory(), now=ago(hours=5))
    response = client.get(PAGE)
    found = {line.seller.name: line.request for line in response.context["lines"]}
    assert found == {"Not asked": None, "Asked": request}
    assert f'<a href="{appeal.get_absolute_url()}">Send what was asked for by ' in response.text

    withdraw_request(request=request, withdrawn_by=UserFactory(), now=ago(hours=1))
    assert [line.request for line in client.get(PAGE).context["lines"]] == [None, None]


def test_a_deadline_is_in_the_time_of_its_market_and_in_the_readers_own(client: Client, person: User) -> None:
    market = MarketFactory(books_closed_until=LONG_AGO, time_zone="Asia/Bangkok")
    appeal = appeal_against(seller_of(person, market, name="Asked", points=2).violations.get(), now=ago(hours=20))
    request = ask_seller(appeal=appeal, things=["The invoice"], asked_by=UserFactory(), now=ago(hours=5))
    words = deadline_words(request.answer_by, zone=market.zone)
    assert f"Send what was asked for by {words}</a>" in client.get(PAGE).text
    person.time_zone = "Asia/Tokyo"
    person.save()
    page = client.get(PAGE).text
    assert f"Send what was asked for by {words} (" in page
    assert "JST for you)</a>" in page


@pytest.mark.parametrize(
    ("wanted", "names"), [("cedar", ["Cedar & Co"]), ("SHOP-X", ["Fern"]), ("shop", []), ("", None)]
)
def test_search_by_part_of_a_name_or_by_id(
    client: Client, person: User, market: Market, wanted: str, names: list[str] | None
) -> None:
    seller_of(person, market, name="Cedar & Co")
    fern = seller_of(person, market, name="Fern")
    fern.external_id = "shop-x"
    fern.save()
    found = [line.seller.name for line in client.get(PAGE, {"q": wanted}).context["lines"]]
    assert found == (["Cedar & Co", "Fern"] if names is None else names)


@pytest.mark.parametrize("wanted", ["a\x00b", "x" * 500, "%", "_"])
def test_a_search_that_cannot_be_read_breaks_nothing(client: Client, person: User, market: Market, wanted: str) -> None:
    seller_of(person, market, name="Cedar & Co")
    assert client.get(PAGE, {"q": wanted}).status_code == 200


def test_who_acts_for_nobody_is_told_so_and_visitors_sign_in(client: Client, person: User) -> None:
    assert "You act for no seller" in client.get(PAGE).text
    assert Client().get(PAGE).status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number(
    client: Client, person: User, market: Market, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count + 1):
        seller_of(person, market, name=f"Shop {number}", points=3)
    client.get(PAGE)
    with django_assert_num_queries(8):
        client.get(PAGE)


def test_the_menu_says_where_each_seller_stands_the_current_one_first(client: Client) -> None:
    here = signed_in_seller(client, name="Zebra")
    other = MemberFactory(user=here.users.get(), seller=SellerFactory(name="Apple", market=here.market)).seller
    issue(other, PolicyFactory(points=8), now=ago(days=1))
    page = client.get(here.get_absolute_url()).text
    menu = page.partition('class="switcher"')[2].partition("</details>")[0]
    assert menu.index("Zebra") < menu.index("Apple")
    assert "At risk, 8 points" in menu
    assert reverse("sellers") in menu
    alone = client.get(other.get_absolute_url()).text.partition('class="switcher"')[2]
    assert alone.index("Apple") < alone.index("Zebra")

"""The listing is kept as it was drawn until it would say something else, and is the same for everybody but the menu."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from policies.models import Policy
from sellers.models import Brand, Market
from tests.factories import MarketFactory, MemberFactory, PolicyFactory, WorkshopFactory
from tests.workshops.places import fill, take
from tests.workshops.test_views import ended, upcoming
from workshops.listing import what_is_listed
from workshops.models import City, MaterialFile, Seat, Signup, Workshop
from workshops.services import cancel_signup, cancel_workshop, describe_workshop, sign_up

pytestmark = pytest.mark.django_db

LIST = "/workshops/"
PAST = "/workshops/past/"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def workshop(now: datetime) -> Workshop:
    """One to come with three seats, in a city and about a policy, beside one that is over."""
    market = MarketFactory()
    ended(now, title="Over", market=market)
    workshop = upcoming(now, title="Claims", capacity=3, city="Austin", market=market)
    workshop.policies.add(PolicyFactory(code="claims", name="Claims"), PolicyFactory(code="gifts", name="Gifts"))
    return workshop


def is_drawn(client: Client, address: str = LIST, **sent: Any) -> bool:
    """Whether the page was drawn for this answer: then it has a context."""
    return "page" in client.get(address, **sent).context


def claims() -> Workshop:
    return Workshop.objects.get(title="Claims")


FACTS: dict[str, Callable[[datetime], object]] = {
    "a place is taken": lambda now: take(claims(), now=now),
    "somebody waits": lambda now: fill(claims(), 4, now=now),
    "a place stays empty": lambda now: Seat.objects.filter(workshop=claims()).update(state="withheld"),
    "it says something else": lambda now: describe_workshop(workshop=claims(), texts={"summary": "New."}, now=now),
    "it is cancelled": lambda now: cancel_workshop(workshop=claims(), reason="The hall is closed.", now=now),
    "it has ended": lambda now: Workshop.objects.filter(title="Claims").update(
        starts_at=now - timedelta(hours=2), ends_at=now
    ),
    "another one is published": lambda now: upcoming(now, title="Another"),
    "it is about another policy": lambda now: claims().policies.add(PolicyFactory()),
    "it is about one policy less": lambda now: claims().policies.remove(Policy.objects.get(code="gifts")),
    "a policy has another name": lambda now: Policy.objects.filter(code="claims").update(name="What you claim"),
    "a city has another name": lambda now: City.objects.update(name="Another city"),
    "a market has another name": lambda now: Market.objects.update(name="Another market"),
    "the portal looks different": lambda now: Brand.objects.create(market=Market.objects.get(), name="Another portal"),
}


def test_each_fact_draws_the_listing_anew(client: Client, workshop: Workshop) -> None:
    for fact, change in FACTS.items():
        before = transaction.savepoint()
        client.get(LIST)
        assert not is_drawn(client), fact
        change(timezone.now())
        new = client.get(LIST)
        assert "page" in new.context, fact
        kept = client.get(LIST)
        assert "page" not in kept.context, fact
        assert kept.text == new.text
        transaction.savepoint_rollback(before)


def test_past_ones_are_drawn_anew_once_there_is_material(client: Client, workshop: Workshop) -> None:
    client.get(PAST)
    assert not is_drawn(client, PAST)
    MaterialFile.objects.create(
        workshop=Workshop.objects.get(title="Over"), name="Slides", size=1, stored_name="a", added_at=timezone.now()
    )
    assert is_drawn(client, PAST)


def test_listing_changes_the_moment_a_workshop_ends(workshop: Workshop) -> None:
    before, after = (
        what_is_listed(shown=(), now=moment)[0]
        for moment in (workshop.ends_at - timedelta(microseconds=1), workshop.ends_at)
    )
    assert before != after


def test_places_are_counted_for_what_is_shown_alone(client: Client, workshop: Workshop, now: datetime) -> None:
    client.get(LIST, {"city": "nowhere"})
    take(workshop, now=now)
    assert not is_drawn(client, f"{LIST}?city=nowhere")
    assert what_is_listed(shown=[workshop.pk], now=now)[1] == {workshop.pk: (2, 0)}


def test_what_has_places_left_is_looked_up_each_time(client: Client, workshop: Workshop) -> None:
    assert is_drawn(client, f"{LIST}?places_left=on")
    assert is_drawn(client, f"{LIST}?places_left=on")


def test_a_place_of_ones_own_is_seen_at_once(client: Client, workshop: Workshop) -> None:
    seller = MemberFactory(seller__market=workshop.market).seller
    client.force_login(seller.members.get().user)
    assert "3 of 3 places left" in client.get(LIST).text
    client.post(f"/s/{seller.pk}/workshops/{workshop.pk}/sign-up/")
    assert "2 of 3 places left" in client.get(LIST).text
    cancel_signup(signup=Signup.objects.get(), user=seller.members.get().user, now=timezone.now())
    assert "3 of 3 places left" in client.get(LIST).text


def test_the_menu_is_that_of_who_looks(client: Client, workshop: Workshop, now: datetime) -> None:
    """Name, unread messages and sellers of one person are on nobody else's page, though the listing is the same."""
    members = [MemberFactory(seller__market=workshop.market, seller__name=name) for name in ("Amber", "Birch")]
    upcoming(now, title="Other").policies.add(PolicyFactory())
    sign_up(workshop=workshop, seller=members[0].seller, user=members[0].user, now=now)
    cancel_workshop(workshop=workshop, reason="The hall is closed.", now=now)
    pages = []
    for member in members:
        browser = Client()
        browser.force_login(member.user)
        pages.append(browser.get(LIST).text)
    visitor = client.get(LIST).text
    for page, (own, other) in zip(pages, [members, members[::-1]], strict=True):
        assert own.user.email in page
        assert other.user.email not in page
        assert other.seller.name not in page
    assert [' class="count"' in page for page in (*pages, visitor)] == [True, False, False]
    assert not {"Amber", "Birch", "@"} & set(visitor.split())
    assert "Sign in" in visitor


@pytest.mark.parametrize(("signed_in", "queries"), [(True, 5), (False, 2)])
def test_a_kept_listing_takes_few_queries(
    client: Client, workshop: Workshop, signed_in: bool, queries: int, django_assert_num_queries: Any
) -> None:
    """Session, person, their sellers, the unread messages; whose brand a visitor sees; and whether anything changed."""
    for _ in range(30):
        WorkshopFactory(market=workshop.market)
    if signed_in:
        client.force_login(MemberFactory(seller__market=workshop.market).user)
    client.get(LIST)
    with django_assert_num_queries(queries):
        assert not is_drawn(client)


# --- Whoever keeps it asks again


def test_a_visitor_who_has_the_page_is_told_that_it_is_still_right(
    client: Client, workshop: Workshop, now: datetime
) -> None:
    page = client.get(LIST)
    assert page["Cache-Control"] == "public, no-cache"
    assert "Cookie" in page["Vary"]
    again = client.get(LIST, headers={"If-None-Match": page["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", page["ETag"])
    take(workshop, now=now)
    changed = client.get(LIST, headers={"If-None-Match": page["ETag"]})
    assert changed.status_code == 200
    assert "2 of 3 places left" in changed.text


def test_who_is_signed_in_is_answered_each_time(client: Client, workshop: Workshop) -> None:
    etag = client.get(LIST)["ETag"]
    client.force_login(MemberFactory().user)
    page = client.get(LIST, headers={"If-None-Match": etag})
    assert page.status_code == 200
    assert "ETag" not in page
    assert page["Cache-Control"] == "private, no-store"


def test_what_is_said_once_is_said(client: Client, workshop: Workshop) -> None:
    """To a visitor with a session, or a message in a cookie, the page is no copy of anything."""
    etag = client.get(LIST)["ETag"]
    client.cookies[settings.SESSION_COOKIE_NAME] = "of-a-session-that-is-over"
    page = client.get(LIST, headers={"If-None-Match": etag})
    assert page.status_code == 200
    assert "ETag" not in page

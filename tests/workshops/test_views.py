from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sellers.models import Seller
from tests.factories import LONG_AGO, MemberFactory, PolicyFactory, WorkshopFactory, issue
from tests.workshops.places import fill, member_seller, take
from workshops.models import Signup, Workshop
from workshops.services import (
    cancel_signup,
    cancel_signup_for_seller,
    cancel_workshop,
    check_in,
)

pytestmark = pytest.mark.django_db

LIST = "/workshops/"
PAST = "/workshops/past/"
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def upcoming(now: datetime, *, days: int = 10, **fields: Any) -> Workshop:
    start = now + timedelta(days=days)
    return WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=3), **fields)


def ended(now: datetime, **fields: Any) -> Workshop:
    return WorkshopFactory(starts_at=now - timedelta(hours=4), ends_at=now - timedelta(hours=1), **fields)


def signed_in(client: Client, seller: Seller) -> Client:
    client.force_login(seller.users.get())
    return client


def seller_url(name: str, seller: Seller, **kwargs: int) -> str:
    return reverse(f"workshops:{name}", kwargs={"seller_id": seller.pk, **kwargs})


def titles(response: Any) -> list[str]:
    return [workshop.title for workshop in response.context["page"]]


# --- A seller's places


def test_seller_list_shows_the_code_and_the_position(client: Client, now: datetime) -> None:
    seller, full = member_seller(), upcoming(now, capacity=1)
    place = take(upcoming(now), seller, now=now)
    fill(full, 2, now=now)
    take(full, seller, now=now)
    page = signed_in(client, seller).get(seller_url("seller_list", seller)).content.decode()
    assert place.spelled_code in page
    assert "Number 2 in line" in page


def test_seller_list_puts_its_city_first_then_its_market(client: Client, now: datetime) -> None:
    seller = member_seller(city="austin")
    upcoming(now, days=1, title="Elsewhere", city="Leeds")
    upcoming(now, days=2, title="Market", city="Boston", market=seller.market)
    upcoming(now, days=3, title="City", city="Austin", market=seller.market)
    cancel_workshop(workshop=upcoming(now, title="Cancelled"), reason="No.", now=now)
    take(upcoming(now, title="Mine"), seller, now=now)
    response = signed_in(client, seller).get(seller_url("seller_list", seller))
    assert titles(response) == ["City", "Market", "Elsewhere"]
    said = re.findall(r": in (your city|your market|another market)\s*<", response.content.decode())
    assert said == ["your city", "your market", "another market"]


def test_seller_list_says_that_a_deactivated_seller_cannot_sign_up(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    issue(seller, PolicyFactory(points=50), now=now - timedelta(hours=1))
    page = signed_in(client, seller).get(seller_url("seller_list", seller)).text
    assert f"<bdi>{seller}</bdi> is deactivated, and places are for sellers that sell." in page
    assert seller_url("sign_up", seller, workshop_id=workshop.pk) not in page


def test_seller_list_counts_places_on_every_page_of_it(client: Client, now: datetime) -> None:
    seller = member_seller()
    for days in range(1, 22):
        workshop = upcoming(now, days=days, title=f"Day {days}", capacity=5, places_per_seller=2)
    fill(workshop, 2, now=now)
    take(workshop, seller, now=now)
    signed_in(client, seller)
    first, last = (client.get(seller_url("seller_list", seller), {"page": number}) for number in (1, 2))
    assert titles(first) == [f"Day {days}" for days in range(1, 21)]
    (shown,) = last.context["page"]
    assert (shown.title, shown.places_left, shown.own_places, shown.nearness) == ("Day 21", 2, 1, 2)
    assert "You have 1 place in it." in last.text
    take(workshop, seller, now=now)
    assert [page.context["page"].paginator.count for page in (last, client.get(last.request["PATH_INFO"]))] == [21, 20]


def test_seller_list_shows_what_was_before(client: Client, now: datetime) -> None:
    seller = member_seller()
    been, dropped, off = (take(upcoming(now), seller, now=now) for _ in range(3))
    cancel_signup(signup=dropped, user=dropped.user, now=now)
    cancel_workshop(workshop=off.workshop, reason="No.", now=now)
    Workshop.objects.filter(pk=been.workshop_id).update(starts_at=LONG_AGO, ends_at=LONG_AGO + timedelta(hours=1))
    response = signed_in(client, seller).get(seller_url("seller_list", seller))
    assert list(response.context["earlier"]) == [off, been]
    assert list(response.context["current"]) == []


def test_seller_list_says_why_a_seller_cannot_sign_up(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(signed_up_to_sell=False), upcoming(now)
    page = signed_in(client, seller).get(seller_url("seller_list", seller)).content.decode()
    assert "You cannot sign up now" in page
    assert seller_url("sign_up", seller, workshop_id=workshop.pk) not in page


@pytest.mark.parametrize("count", [1, 3])
def test_seller_list_queries(client: Client, now: datetime, django_assert_num_queries: Any, count: int) -> None:
    seller = member_seller()
    for _ in range(count):
        take(upcoming(now), seller, now=now)
        upcoming(now)
        cancel_workshop(workshop=take(upcoming(now), seller, now=now).workshop, reason="No.", now=now)
    signed_in(client, seller).get(seller_url("seller_list", seller))
    with django_assert_num_queries(9):
        client.get(seller_url("seller_list", seller))


@pytest.mark.parametrize(("sellers", "queries"), [(1, 8), (3, 9)])
def test_place_queries(
    client: Client, now: datetime, django_assert_num_queries: Any, sellers: int, queries: int
) -> None:
    """Who acts for several sellers has a menu that says where each stands."""
    seller = member_seller()
    for _ in range(sellers - 1):
        MemberFactory(user=seller.users.get(), seller__market=seller.market)
    place = take(upcoming(now), seller, now=now)
    signed_in(client, seller).get(place.get_absolute_url())
    with django_assert_num_queries(queries):
        client.get(place.get_absolute_url())


def test_sign_up_leads_to_the_place(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    response = signed_in(client, seller).post(seller_url("sign_up", seller, workshop_id=workshop.pk), follow=True)
    signup = Signup.objects.get()
    assert response.redirect_chain == [(signup.get_absolute_url(), 302)]
    assert (signup.seller, signup.user, signup.state) == (seller, seller.users.get(), "placed")
    page = response.content.decode()
    assert signup.spelled_code in page
    assert seller_url("signup_qr", seller, signup_id=signup.pk) in page
    assert f"{seller} has a place" in page


def test_sign_up_sent_twice_takes_one_place_of_two(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now, places_per_seller=2)
    here, key, other = seller_url("sign_up", seller, workshop_id=workshop.pk), uuid4(), uuid4()
    signed_in(client, seller)
    for sent in [{"key": key}, {"key": key}, {}, {"key": ""}, {"key": "x"}]:
        assert client.post(here, sent).status_code == 302
        assert Signup.objects.count() == 1
    page = client.get(workshop.get_absolute_url()).content.decode()
    assert "Take another place" in page
    client.post(here, {"key": other})
    client.post(here, {"key": other})
    assert Signup.objects.count() == 2
    assert "Take another place" not in client.get(workshop.get_absolute_url()).content.decode()


def test_one_of_two_places_cancelled_can_be_taken_again(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now, places_per_seller=2)
    first, second = take(workshop, seller, now=now), take(workshop, seller, now=now)
    signed_in(client, seller).post(seller_url("cancel_signup", seller, signup_id=first.pk))
    page = client.get(workshop.get_absolute_url()).content.decode()
    assert second.get_absolute_url() in page
    assert "Take another place" in page
    client.post(seller_url("sign_up", seller, workshop_id=workshop.pk), {"key": uuid4()})
    assert workshop.signups.placed().count() == 2


def test_sign_up_again_from_the_sellers_list_takes_a_new_place(client: Client, now: datetime) -> None:
    seller, workshop, key = member_seller(), upcoming(now), uuid4()
    here = seller_url("sign_up", seller, workshop_id=workshop.pk)
    signed_in(client, seller).post(here, {"key": key})
    signup = Signup.objects.get()
    cancel_signup(signup=signup, user=signup.user, now=now)
    assert 'name="key"' in client.get(seller_url("seller_list", seller)).content.decode()
    assert "was cancelled since" in client.post(here, {"key": key}, follow=True).content.decode()
    client.post(here, {"key": uuid4()})
    assert workshop.signups.placed().count() == 1


def test_sign_up_says_that_it_overlaps(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    other = take(upcoming(now, title="The other one"), seller, now=now)
    take(upcoming(now, days=11, title="Next day"), seller, now=now)
    response = signed_in(client, seller).post(seller_url("sign_up", seller, workshop_id=workshop.pk), follow=True)
    page = response.content.decode()
    assert "At the same time you have another workshop" in page
    assert "The other one" in page
    assert "Next day" not in page
    assert other.get_absolute_url() in page
    cancel_signup(signup=other, user=other.user, now=now)
    assert "At the same time" not in client.get(response.redirect_chain[0][0]).content.decode()


def test_stale_cancel_page_says_that_another_place_stands(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    stale = take(workshop, seller, now=now)
    here = seller_url("cancel_signup", seller, signup_id=stale.pk)
    cancel_signup(signup=stale, user=stale.user, now=now)
    alone = signed_in(client, seller).post(here, follow=True).content.decode()
    assert "was cancelled before" in alone
    assert "Cancelled: " not in alone
    newer = take(workshop, seller, now=now)
    for page in (client.post(here, follow=True), client.get(here, follow=True)):
        assert "That place was cancelled before, and you have another one." in page.content.decode()
        assert f'<a href="{newer.get_absolute_url()}">See it</a>' in page.content.decode()
    newer.refresh_from_db()
    assert newer.state == "placed"


def test_place_cancelled_by_a_host_says_why(client: Client, now: datetime) -> None:
    seller = member_seller()
    signup = take(upcoming(now), seller, now=now)
    cancel_signup_for_seller(signup=signup, reason="The room is <smaller>.", now=now, cancelled_by=None)
    page = signed_in(client, seller).get(signup.get_absolute_url()).content.decode()
    assert "The room is &lt;smaller&gt;." in page
    assert "You cancelled" not in page


def test_sign_up_when_full_leads_to_the_waiting_place(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now, capacity=1)
    fill(workshop, 2, now=now)
    response = signed_in(client, seller).post(seller_url("sign_up", seller, workshop_id=workshop.pk), follow=True)
    page = response.content.decode()
    assert "is on the waiting list" in page
    assert "1 seller is before you" in page


def test_sign_up_says_why_it_is_refused(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(signed_up_to_sell=False), upcoming(now)
    response = signed_in(client, seller).post(seller_url("sign_up", seller, workshop_id=workshop.pk), follow=True)
    assert response.redirect_chain == [(workshop.get_absolute_url(), 302)]
    assert "Finish signing up in the marketplace" in response.content.decode()
    assert not Signup.objects.exists()


def test_sign_up_by_get_changes_nothing(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    response = signed_in(client, seller).get(seller_url("sign_up", seller, workshop_id=workshop.pk))
    assert response.status_code == 200
    assert not Signup.objects.exists()


def test_sign_up_for_a_draft_is_not_found(client: Client, now: datetime) -> None:
    seller, draft = member_seller(), upcoming(now, published_at=None)
    assert signed_in(client, seller).post(seller_url("sign_up", seller, workshop_id=draft.pk)).status_code == 404


def test_signup_qr_is_an_image_of_the_check_in_address(client: Client, now: datetime) -> None:
    signup = take(upcoming(now), now=now)
    response = signed_in(client, signup.seller).get(seller_url("signup_qr", signup.seller, signup_id=signup.pk))
    assert response["Content-Type"] == "image/svg+xml"
    assert "no-store" in response["Cache-Control"]
    assert response.content.startswith(b'<?xml version="1.0"')


def test_signup_qr_needs_a_place(client: Client, now: datetime) -> None:
    workshop = upcoming(now, capacity=1)
    waiting = fill(workshop, 2, now=now)[1]
    url = seller_url("signup_qr", waiting.seller, signup_id=waiting.pk)
    assert signed_in(client, waiting.seller).get(url).status_code == 404


def test_signup_shows_the_workshops_time_and_what_to_bring(client: Client, now: datetime) -> None:
    signup = take(upcoming(now, what_to_bring="A pen."), now=now)
    page = signed_in(client, signup.seller).get(signup.get_absolute_url()).content.decode()
    assert signup.workshop.when in page
    assert "A pen." in page
    assert reverse("workshops:signup_calendar", args=[signup.seller_id, signup.pk]) in page


def test_signup_pages_for_every_state(client: Client, now: datetime) -> None:
    been, missed, checked, first, second, dropped, off = (take(upcoming(now), now=now) for _ in range(7))
    day = timedelta(days=10)
    for signup in (been, checked):
        check_in(workshop=signup.workshop, code=signup.check_in_code, now=now + day)
    over = [been.workshop_id, missed.workshop_id, first.workshop_id]
    Workshop.objects.filter(pk=first.workshop_id).update(capacity=1)
    first = take(first.workshop, now=now)
    Workshop.objects.filter(pk=second.workshop_id).update(capacity=1)
    second = take(second.workshop, now=now)
    Workshop.objects.filter(pk__in=over).update(starts_at=LONG_AGO, ends_at=LONG_AGO + timedelta(hours=1))
    cancel_signup(signup=dropped, user=dropped.user, now=now)
    cancel_workshop(workshop=off.workshop, reason="Flooded.", now=now)
    for signup, said in [
        (been, "You were there"),
        (missed, "Nobody was checked in"),
        (checked, "Checked in at"),
        (first, "no place became free"),
        (second, "You are the first in line"),
        (dropped, "You cancelled this place"),
        (off, "This workshop does not take place"),
    ]:
        assert said in signed_in(client, signup.seller).get(signup.get_absolute_url()).content.decode()


def test_a_cancelled_place_offers_no_calendar_file(client: Client, now: datetime) -> None:
    signup = take(upcoming(now), now=now)
    member, page = signed_in(client, signup.seller), signup.get_absolute_url()
    assert "Add to your calendar" in member.get(page).content.decode()
    cancel_signup(signup=signup, user=signup.user, now=now)
    assert "Add to your calendar" not in member.get(page).content.decode()


def test_cancel_asks_first_and_then_cancels(client: Client, now: datetime) -> None:
    signup = take(upcoming(now), now=now)
    url = seller_url("cancel_signup", signup.seller, signup_id=signup.pk)
    signed_in(client, signup.seller)
    assert "Cancel this place?" in client.get(url).content.decode()
    signup.refresh_from_db()
    assert signup.state == "placed"
    assert client.post(url).headers["Location"] == seller_url("seller_list", signup.seller)
    signup.refresh_from_db()
    assert signup.state == "cancelled"


def test_cancel_a_waiting_place_says_what_is_lost(client: Client, now: datetime) -> None:
    waiting = fill(upcoming(now, capacity=1), 2, now=now)[1]
    url = seller_url("cancel_signup", waiting.seller, signup_id=waiting.pk)
    assert "is number 1 in line" in signed_in(client, waiting.seller).get(url).content.decode()


def test_cancel_says_why_it_is_refused(client: Client, now: datetime) -> None:
    signup = take(upcoming(now), now=now)
    Workshop.objects.update(starts_at=now - timedelta(hours=1))
    url = seller_url("cancel_signup", signup.seller, signup_id=signup.pk)
    response = signed_in(client, signup.seller).post(url, follow=True)
    assert "has started" in response.content.decode()


@pytest.mark.parametrize("name", ["signup", "signup_qr", "cancel_signup"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_elses_signup_is_not_found(client: Client, now: datetime, name: str, method: str) -> None:
    theirs, mine = take(upcoming(now), now=now), member_seller()
    signed_in(client, mine)
    for seller in (mine, theirs.seller):
        response = getattr(client, method)(seller_url(name, seller, signup_id=theirs.pk))
        assert response.status_code in ({404} if name == "cancel_signup" or method == "get" else {404, 405})
    theirs.refresh_from_db()
    assert theirs.state == "placed"


def test_somebody_elses_seller_is_not_found(client: Client, now: datetime) -> None:
    workshop, theirs = upcoming(now), member_seller()
    signed_in(client, member_seller())
    assert client.get(seller_url("seller_list", theirs)).status_code == 404
    assert client.post(seller_url("sign_up", theirs, workshop_id=workshop.pk)).status_code == 404
    assert not Signup.objects.exists()

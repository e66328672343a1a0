"""The pages of the door: staff who host, helpers with a link, and everybody else, for whom there is none."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from sellers.models import StaffMarket
from tests.factories import MarketFactory, UserFactory, WorkshopFactory
from tests.workshops.places import fill, member_seller, take
from workshops.door_access import key_of
from workshops.models import DoorLink, DoorScan, Signup, Workshop
from workshops.roster import hash_of, roster_of, sign
from workshops.services import check_in, let_in, make_door_link, revoke_door_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def signed_in(client: Client, seller: Any) -> Client:
    client.force_login(seller.users.get())
    return client


# --- The door


def at_every_door() -> QuerySet[Permission]:
    return Permission.objects.filter(codename="check_in_signup")


@pytest.fixture
def host(client: Client) -> User:
    user = UserFactory(is_staff=True)
    user.user_permissions.add(*at_every_door())
    client.force_login(user)
    return user


@pytest.fixture
def at_the_door(now: datetime) -> Signup:
    return take(WorkshopFactory(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=4)), now=now)


def door(signup: Signup) -> str:
    return reverse("workshops:check_in", args=[signup.workshop_id])


@pytest.mark.usefixtures("host")
def test_check_in_by_typing_the_code(client: Client, at_the_door: Signup) -> None:
    response = client.post(door(at_the_door), {"code": at_the_door.spelled_code.lower()}, follow=True)
    assert response.redirect_chain == [(door(at_the_door), 302)]
    assert f"{at_the_door.seller} is checked in." in response.content.decode()
    assert ' data-count="here">1</b> here' in response.content.decode()
    at_the_door.refresh_from_db()
    assert at_the_door.checked_in_at is not None


def test_check_in_twice_says_since_when_and_by_whom_in_another_tone(
    client: Client, host: User, at_the_door: Signup
) -> None:
    client.post(door(at_the_door), {"code": at_the_door.spelled_code})
    client.force_login(second := UserFactory(is_staff=True))
    second.user_permissions.add(*at_every_door())
    page = client.post(door(at_the_door), {"code": at_the_door.spelled_code}, follow=True).content.decode()
    at_the_door.refresh_from_db()
    assert at_the_door.checked_in_at is not None
    since = f"{at_the_door.checked_in_at.astimezone(at_the_door.workshop.zone):%H:%M}"
    assert f"{at_the_door.seller} is already here since {since}, checked in by {host}." in page
    assert '<div class="alert tone-warn">' in page
    assert at_the_door.checked_in_by == host


@pytest.mark.usefixtures("host")
def test_check_in_is_undone_at_the_door(client: Client, at_the_door: Signup) -> None:
    client.post(door(at_the_door), {"code": at_the_door.spelled_code})
    undo = reverse("workshops:undo_check_in", args=[at_the_door.workshop_id, at_the_door.pk])
    assert undo in client.get(door(at_the_door)).content.decode()
    assert client.get(undo).status_code == 405
    assert "is taken back" in client.post(undo, follow=True).content.decode()
    at_the_door.refresh_from_db()
    assert at_the_door.checked_in_at is None
    assert "is not checked in" in client.post(undo, follow=True).content.decode()
    elsewhere = reverse("workshops:undo_check_in", args=[WorkshopFactory().pk, at_the_door.pk])
    assert client.post(elsewhere).status_code == 404


def test_undo_is_not_found_without_permission(client: Client, now: datetime, at_the_door: Signup) -> None:
    check_in(workshop=at_the_door.workshop, code=at_the_door.check_in_code, now=now)
    signed_in(client, at_the_door.seller)
    undo = reverse("workshops:undo_check_in", args=[at_the_door.workshop_id, at_the_door.pk])
    assert client.post(undo).status_code == 404


@pytest.mark.usefixtures("host")
def test_check_in_by_scanning_waits_for_the_button(client: Client, at_the_door: Signup) -> None:
    page = client.get(door(at_the_door), {"code": at_the_door.check_in_code}).content.decode()
    assert f'value="{at_the_door.spelled_code}"' in page
    at_the_door.refresh_from_db()
    assert at_the_door.checked_in_at is None


@pytest.mark.usefixtures("host")
def test_check_in_shows_why_a_code_is_refused(client: Client, at_the_door: Signup) -> None:
    response = client.post(door(at_the_door), {"code": "wrong"})
    assert response.context["form"].errors["code"] == ["No sign-up has this code. Check the letters with the seller."]


def test_check_in_is_not_found_without_permission(client: Client, at_the_door: Signup) -> None:
    signed_in(client, at_the_door.seller)
    assert client.get(door(at_the_door)).status_code == 404
    assert client.post(door(at_the_door), {"code": at_the_door.check_in_code}).status_code == 404
    at_the_door.refresh_from_db()
    assert at_the_door.checked_in_at is None


def test_check_in_asks_visitors_to_sign_in(client: Client, at_the_door: Signup) -> None:
    assert client.get(door(at_the_door)).headers["Location"].startswith("/accounts/login/")


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("count", [1, 3])
def test_check_in_queries(client: Client, now: datetime, django_assert_num_queries: Any, count: int) -> None:
    workshop = WorkshopFactory(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=4))
    for signup in fill(workshop, count, now=now):
        check_in(workshop=workshop, code=signup.check_in_code, now=now)
    with django_assert_num_queries(9):
        client.get(reverse("workshops:check_in", args=[workshop.pk]))


# --- Who may stand there


PAGES = ["check_in", "check_in_roster", "door_list", "walk_in", "door_links"]
POSTS = ["check_in_scans", "check_in_place", "undo_check_in", "let_in", "revoke_door_link"]


def page_of(name: str, signup: Signup) -> str:
    facts = {"check_in_place": {"signup_id": signup.pk}, "revoke_door_link": {"link_id": 1}}
    facts["undo_check_in"] = facts["let_in"] = facts["note_late"] = facts["check_in_place"]
    return reverse(f"workshops:{name}", kwargs={"workshop_id": signup.workshop_id, **facts.get(name, {})})


@pytest.mark.parametrize("name", [*PAGES, *POSTS, "note_late"])
def test_the_door_is_for_hosts_of_its_market(client: Client, at_the_door: Signup, name: str) -> None:
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="check_in_signup"))
    StaffMarket.objects.create(market=MarketFactory(), user=user)
    client.force_login(user)
    answer = client.post if name in POSTS else client.get
    assert answer(page_of(name, at_the_door)).status_code == 404
    StaffMarket.objects.create(market=at_the_door.workshop.market, user=user)
    if name in {*PAGES, "note_late"}:
        assert client.get(page_of(name, at_the_door)).status_code == 200


@pytest.mark.parametrize("name", [*PAGES, *POSTS, "note_late"])
def test_the_door_is_not_there_for_sellers(client: Client, at_the_door: Signup, name: str) -> None:
    signed_in(client, at_the_door.seller)
    answer = client.post if name in POSTS else client.get
    assert answer(page_of(name, at_the_door)).status_code == 404


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("name", POSTS)
def test_what_changes_something_is_posted(client: Client, at_the_door: Signup, name: str) -> None:
    assert client.get(page_of(name, at_the_door)).status_code == 405


@pytest.mark.usefixtures("host")
def test_only_the_page_of_the_door_uses_the_camera(client: Client, at_the_door: Signup) -> None:
    policy = client.get(door(at_the_door)).headers["Permissions-Policy"]
    assert "camera=(self)" in policy
    assert "microphone=()" in policy
    assert "camera=()" in client.get(page_of("walk_in", at_the_door)).headers["Permissions-Policy"]


# --- The list


@pytest.mark.usefixtures("host")
def test_the_list_says_who_is_here_who_waits_and_who_lost_a_place(client: Client, now: datetime) -> None:
    workshop = WorkshopFactory(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1), capacity=2)
    first, second, third, fourth = fill(workshop, 4, now=now - timedelta(days=1))
    check_in(workshop=workshop, code=first.check_in_code, now=now)
    let_in(signup=third, let_in_by=UserFactory(), now=now)
    page = client.get(door(first)).content.decode()
    assert "after the start" in page
    assert "Had not come" in page
    for signup in (second, fourth):
        assert page_of("let_in", signup) in page
    assert page_of("let_in", first) not in page
    found = roster_of(workshop, now=now)
    assert (found.here, found.to_come, len(found.given_on), len(found.waiting)) == (2, 0, 1, 1)
    assert [line.is_late for line in found.placed] == [True, True]


@pytest.mark.usefixtures("host")
def test_the_list_is_sent_again_only_if_it_changed(client: Client, at_the_door: Signup, now: datetime) -> None:
    address = page_of("check_in_roster", at_the_door)
    seen = roster_of(at_the_door.workshop, now=now).version
    assert client.get(address, {"seen": seen}).status_code == 204
    check_in(workshop=at_the_door.workshop, code=at_the_door.check_in_code, now=now)
    answer = client.get(address, {"seen": seen})
    assert answer.status_code == 200
    assert "door-counts" in answer.content.decode()


@pytest.mark.usefixtures("host")
def test_the_list_has_no_code_that_can_be_read(client: Client, at_the_door: Signup, now: datetime) -> None:
    page = client.get(door(at_the_door)).content.decode()
    assert at_the_door.check_in_code not in page
    assert at_the_door.user.email not in page
    found = roster_of(at_the_door.workshop, now=now)
    assert hash_of(at_the_door.check_in_code, salt=found.salt) in page


@pytest.mark.usefixtures("host")
def test_the_printed_list_has_names_and_codes(client: Client, now: datetime) -> None:
    workshop = WorkshopFactory(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=4), capacity=2)
    first, second, waiting = fill(workshop, 3, now=now)
    check_in(workshop=workshop, code=first.check_in_code, now=now)
    page = client.get(page_of("door_list", first)).content.decode()
    for signup in (first, second):
        assert signup.seller.name in page
        assert signup.spelled_code in page
    assert waiting.seller.name in page
    assert waiting.spelled_code not in page


@pytest.mark.usefixtures("host")
def test_a_door_that_is_not_open_has_no_buttons(client: Client, now: datetime) -> None:
    signup = take(WorkshopFactory(starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=3)), now=now)
    page = client.get(door(signup)).content.decode()
    assert "The door is not open yet" in page
    assert page_of("check_in_place", signup) not in page
    empty = WorkshopFactory(starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=3))
    assert "Nobody has signed up." in client.get(reverse("workshops:check_in", args=[empty.pk])).content.decode()


# --- By name


def test_check_in_by_name_and_twice(client: Client, host: User, at_the_door: Signup) -> None:
    address = page_of("check_in_place", at_the_door)
    assert "is checked in." in client.post(address, follow=True).content.decode()
    assert "is already here since" in client.post(address, follow=True).content.decode()
    at_the_door.refresh_from_db()
    assert at_the_door.checked_in_by == host


@pytest.mark.usefixtures("host")
def test_check_in_by_name_says_why_not(client: Client, now: datetime) -> None:
    workshop = WorkshopFactory(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=4), capacity=1)
    _, waiting = fill(workshop, 2, now=now)
    page = client.post(page_of("check_in_place", waiting), follow=True).content.decode()
    assert "is on the waiting list and has no place yet." in page
    other = take(WorkshopFactory(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=4)), now=now)
    elsewhere = reverse("workshops:check_in_place", args=[workshop.pk, other.pk])
    assert client.post(elsewhere).status_code == 404


# --- Letting in, and later


@pytest.mark.usefixtures("host")
def test_letting_in_says_what_came_of_it(client: Client, now: datetime) -> None:
    workshop = WorkshopFactory(starts_at=now + timedelta(minutes=1), ends_at=now + timedelta(hours=4), capacity=1)
    _, waiting = fill(workshop, 2, now=now)
    assert "All places are taken." in client.post(page_of("let_in", waiting), follow=True).content.decode()
    Workshop.objects.update(starts_at=now - timedelta(minutes=1))
    assert "has a place and is checked in." in client.post(page_of("let_in", waiting), follow=True).content.decode()


@pytest.mark.usefixtures("host")
def test_who_walks_in_is_found_by_name_or_id_and_let_in(client: Client, at_the_door: Signup) -> None:
    seller = member_seller(market=at_the_door.workshop.market, name="Walking Shop")
    address = page_of("walk_in", at_the_door)
    for words in ("walking", seller.external_id):
        assert "Walking Shop" in client.get(address, {"q": words}).content.decode()
    assert "No seller who may come is called" in client.get(address, {"q": "nobody"}).content.decode()
    answer = client.post(address, {"seller": seller.pk, "q": "walking", "attendee": "Mei Lin"}, follow=True)
    assert "Mei Lin (Walking Shop) has a place and is checked in." in answer.content.decode()
    again = client.post(address, {"seller": seller.pk, "q": "walking"})
    assert "Walking Shop has 1 place here, and a seller may have no more." in again.content.decode()
    assert client.post(address, {"seller": 2**62}).status_code == 404
    assert client.post(address, {"seller": "nonsense"}).status_code == 200


@pytest.mark.usefixtures("host")
def test_words_that_no_name_can_have_find_nobody_and_everything_typed_stays(
    client: Client, at_the_door: Signup
) -> None:
    address = page_of("walk_in", at_the_door)
    for words in ["\x00", "no\x00body", "9" * 5_000]:
        assert client.get(address, {"q": words}).status_code == 200
    page = client.post(address, {"seller": "9" * 5_000, "q": "no\x00body", "attendee": "Mei Lin"})
    assert (page.status_code, "Mei Lin" in page.text, "nobody" in page.text) == (200, True, True)
    assert Signup.objects.count() == 1


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("name", ["check_in", "walk_in", "door_list", "door_links"])
def test_each_page_of_the_door_tells_the_time_there(client: Client, at_the_door: Signup, name: str) -> None:
    Workshop.objects.update(time_zone="Asia/Bangkok")
    assert "times are shown in UTC+07" in client.get(page_of(name, at_the_door)).content.decode()


@pytest.mark.usefixtures("host")
def test_page_of_who_was_there_tells_the_time_there(client: Client, at_the_door: Signup) -> None:
    Workshop.objects.update(time_zone="Asia/Bangkok")
    address = reverse("workshops:note_late", args=[at_the_door.workshop_id, at_the_door.pk])
    assert "times are shown in UTC+07" in client.get(address).content.decode()


@pytest.mark.usefixtures("host")
def test_sellers_of_other_markets_walk_in_only_where_all_may(client: Client, at_the_door: Signup) -> None:
    member_seller(name="Far Away")
    address = page_of("walk_in", at_the_door)
    assert "Far Away" in client.get(address, {"q": "Far"}).content.decode()
    Workshop.objects.update(open_to_all_markets=False)
    assert "Far Away" not in client.get(address, {"q": "Far"}).content.decode()


@pytest.mark.usefixtures("host")
def test_more_than_ten_are_not_listed(client: Client, at_the_door: Signup) -> None:
    for number in range(11):
        member_seller(name=f"Same {number}", market=at_the_door.workshop.market)
    page = client.get(page_of("walk_in", at_the_door), {"q": "same"}).content.decode()
    assert page.count("data-act") + page.count('name="seller"') == 10
    assert "There are more" in page


@pytest.mark.usefixtures("host")
def test_who_was_there_is_noted_after_the_end_with_a_reason(client: Client, at_the_door: Signup, now: datetime) -> None:
    Workshop.objects.update(starts_at=now - timedelta(hours=3), ends_at=now - timedelta(hours=1))
    address = page_of("note_late", at_the_door)
    assert address in client.get(door(at_the_door)).content.decode()
    assert client.post(address, {"reason": ""}).status_code == 200
    answer = client.post(address, {"reason": "Signed the paper list."}, follow=True).content.decode()
    assert "is noted as there, and the seller was told." in answer
    assert "noted later: Signed the paper list." in answer
    at_the_door.refresh_from_db()
    assert at_the_door.attendance_reason == "Signed the paper list."
    assert "That is what is noted already." in client.post(address, {"reason": "Again."}).content.decode()


@pytest.mark.usefixtures("host")
def test_check_in_is_taken_back_after_the_end_with_a_reason(client: Client, at_the_door: Signup, now: datetime) -> None:
    check_in(workshop=at_the_door.workshop, code=at_the_door.check_in_code, now=now)
    Workshop.objects.update(starts_at=now - timedelta(hours=3), ends_at=now)
    page = client.get(door(at_the_door)).text
    assert page_of("undo_check_in", at_the_door) not in page
    assert "to come" not in page
    address = reverse("admin:workshops_signup_undo_check_in", args=[at_the_door.pk])
    assert address in page
    assert "with a reason." in client.post(page_of("undo_check_in", at_the_door), follow=True).text
    client.post(address, {"reason": "It was her neighbour."})
    at_the_door.refresh_from_db()
    assert at_the_door.checked_in_at is None


@pytest.mark.usefixtures("host")
def test_whose_place_was_given_on_reads_it_on_their_page(client: Client, now: datetime) -> None:
    workshop = WorkshopFactory(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1), capacity=1)
    absent, waiting = fill(workshop, 2, now=now - timedelta(days=1))
    let_in(signup=waiting, let_in_by=UserFactory(), now=now)
    page = signed_in(client, absent.seller).get(absent.get_absolute_url()).content.decode()
    assert "You had not come after the start" in page
    assert "code.svg" not in page


# --- Helpers


def link_of(signup: Signup, **facts: Any) -> tuple[DoorLink, str]:
    host = UserFactory(is_staff=True)
    return make_door_link(workshop=signup.workshop, name="North door", made_by=host, now=timezone.now(), **facts)


def helpers(name: str, secret: str, **facts: Any) -> str:
    return reverse(f"workshops:{name}", kwargs={"token": secret, **facts})


def test_a_helper_checks_in_and_takes_back_without_an_account(client: Client, at_the_door: Signup) -> None:
    link, secret = link_of(at_the_door)
    page = client.get(helpers("door", secret))
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "You are helping as “<bdi>North door</bdi>”" in page.content.decode()
    client.post(helpers("door", secret), {"code": at_the_door.check_in_code})
    at_the_door.refresh_from_db()
    assert (at_the_door.checked_in_with, at_the_door.checked_in_by) == (link, None)
    client.post(helpers("door_undo", secret, signup_id=at_the_door.pk))
    client.post(helpers("door_place", secret, signup_id=at_the_door.pk))
    at_the_door.refresh_from_db()
    assert at_the_door.checked_in_with == link
    entries = AuditEntry.objects.exclude(action="add")
    assert {(entry.actor, entry.person) for entry in entries} == {("Door link “North door”", None)}
    link.refresh_from_db()
    assert link.opened_at is not None


def test_a_helper_can_do_nothing_else(client: Client, now: datetime, at_the_door: Signup) -> None:
    _, secret = link_of(at_the_door)
    page = client.get(helpers("door", secret)).content.decode()
    for name in ("let_in", "door_list", "walk_in", "door_links"):
        assert page_of(name, at_the_door) not in page
        assert client.get(page_of(name, at_the_door)).status_code in {302, 405}
    other = take(WorkshopFactory(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2)), now=now)
    for name in ("door_place", "door_undo"):
        assert client.post(helpers(name, secret, signup_id=other.pk)).status_code == 404


@pytest.mark.parametrize("name", ["door", "door_roster", "door_scans"])
def test_a_link_that_ended_opens_nothing(client: Client, at_the_door: Signup, name: str) -> None:
    link, secret = link_of(at_the_door)
    revoke_door_link(link=link, revoked_by=UserFactory(), now=timezone.now())
    for address in (helpers(name, secret), helpers(name, "unknown")):
        answer = client.post(address) if name == "door_scans" else client.get(address)
        assert answer.status_code == 404
        assert "This link has ended" in answer.content.decode()
        assert at_the_door.seller.name not in answer.content.decode()
    assert f'data-door-ended="{key_of(secret)}"' in client.get(helpers("door", secret)).content.decode()


def test_a_helper_sees_names_from_a_day_before(client: Client, at_the_door: Signup, now: datetime) -> None:
    _, secret = link_of(at_the_door)
    Workshop.objects.update(starts_at=now + timedelta(hours=25), ends_at=now + timedelta(hours=26))
    page = client.get(helpers("door", secret)).content.decode()
    assert "The list appears here a day before the start." in page
    assert at_the_door.seller.name not in page
    Workshop.objects.update(starts_at=now + timedelta(hours=23))
    assert at_the_door.seller.name in client.get(helpers("door", secret)).content.decode()


def test_a_helper_is_not_told_who_waits(client: Client, now: datetime) -> None:
    workshop = WorkshopFactory(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=4), capacity=1)
    first, waiting = fill(workshop, 2, now=now)
    _, secret = link_of(first)
    assert waiting.seller.name not in client.get(helpers("door", secret)).content.decode()


def test_a_link_is_made_shown_once_and_revoked(client: Client, host: User, at_the_door: Signup) -> None:
    address = page_of("door_links", at_the_door)
    made = client.post(address, {"name": "North door"}).content.decode()
    link = DoorLink.objects.get()
    assert link.made_by == host
    secret = made.partition("/door/")[2].partition("/")[0]
    assert DoorLink.hash_of(secret) == link.secret_hash
    assert "data:image/svg+xml;base64," in made
    page = client.get(address).content.decode()
    assert secret not in page
    assert "not opened yet" in page
    client.get(helpers("door", secret))
    assert "open last on" in client.get(address).content.decode()
    assert "There is a link “North door” already" in client.post(address, {"name": "North door"}).content.decode()
    revoke = reverse("workshops:revoke_door_link", args=[at_the_door.workshop_id, link.pk])
    assert "is revoked" in client.post(revoke, follow=True).content.decode()
    elsewhere = reverse("workshops:revoke_door_link", args=[take(WorkshopFactory()).workshop_id, link.pk])
    assert client.post(elsewhere).status_code == 404


# --- What the page sends


def sent(signup: Signup, **facts: Any) -> dict[str, Any]:
    signed = sign(signup.workshop, now=timezone.now() - timedelta(minutes=30))
    return {"nonce": str(uuid4()), "place": signup.pk, "ago": 60_000, "signed": signed, **facts}


def send(client: Client, signup: Signup, *scans: dict[str, Any]) -> Any:
    body = json.dumps({"scans": scans})
    return client.post(page_of("check_in_scans", signup), body, content_type="application/json")


@pytest.mark.usefixtures("host")
def test_scans_are_taken_as_of_when_they_were_made(client: Client, at_the_door: Signup) -> None:
    scan = sent(at_the_door)
    (result,) = send(client, at_the_door, scan).json()["results"]
    said = f"{at_the_door.seller} is checked in."
    assert result == {"nonce": scan["nonce"], "outcome": "here", "place": at_the_door.pk, "words": said}
    at_the_door.refresh_from_db()
    assert at_the_door.checked_in_at is not None
    ago = timezone.now() - at_the_door.checked_in_at
    assert timedelta(seconds=60) <= ago < timedelta(seconds=75)


@pytest.mark.usefixtures("host")
def test_a_scan_is_not_older_than_the_list_that_it_was_made_with(client: Client, at_the_door: Signup) -> None:
    send(client, at_the_door, sent(at_the_door, ago=3_600_000))
    at_the_door.refresh_from_db()
    assert at_the_door.checked_in_at is not None
    ago = timezone.now() - at_the_door.checked_in_at
    assert timedelta(minutes=30) <= ago < timedelta(minutes=31)


@pytest.mark.usefixtures("host")
def test_a_list_that_the_portal_did_not_sign_is_refused(client: Client, at_the_door: Signup, now: datetime) -> None:
    other = WorkshopFactory()
    scans = [sent(at_the_door, signed=signed) for signed in ("", "1:2:3", sign(other, now=now))]
    scans.append(sent(at_the_door, place=None, code=at_the_door.spelled_code))
    results = send(client, at_the_door, *scans).json()["results"]
    assert [result["outcome"] for result in results] == ["here", "no", "no", "no"]
    assert "This list is too old." in results[1]["words"]
    assert DoorScan.objects.count() == 1


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "{}", "null", '{"scans": 1}', '{"scans": [{}]}', "{" * 1000, "\x00", "x" * 200_001,
        '{"scans": [{"nonce": "no", "ago": 1, "signed": ""}]}',
        '{"scans": [{"nonce": "5b7f1a3e-0000-4000-8000-000000000000", "ago": -1, "signed": ""}]}',
        '{"scans": [{"nonce": "5b7f1a3e-0000-4000-8000-000000000000", "ago": 1e99, "signed": ""}]}',
        '{"scans": [{"nonce": "5b7f1a3e-0000-4000-8000-000000000000", "ago": 1, "signed": "",'
        ' "place": 9223372036854775808}]}',
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(client: Client, at_the_door: Signup, body: str) -> None:
    answer = client.post(page_of("check_in_scans", at_the_door), body, content_type="application/json")
    assert answer.status_code == 400
    assert "Open the page again" in answer.json()["error"]


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("code", ["\ud800", "\u0000", "ÄÖ" * 150, "%", "' OR 1=1 --"])
def test_a_strange_code_is_no_ones(client: Client, at_the_door: Signup, code: str) -> None:
    answer = send(client, at_the_door, sent(at_the_door, place=None, code=code))
    assert answer.status_code in {200, 400}
    assert not Signup.objects.came().exists()


def test_scans_of_a_helper_are_the_links(client: Client, at_the_door: Signup) -> None:
    link, secret = link_of(at_the_door)
    body = json.dumps({"scans": [sent(at_the_door)]})
    client.post(helpers("door_scans", secret), body, content_type="application/json")
    assert DoorScan.objects.get().link == link


def test_scans_need_the_token_of_the_form(at_the_door: Signup) -> None:
    _, secret = link_of(at_the_door)
    client = Client(enforce_csrf_checks=True)
    answer = client.post(helpers("door_scans", secret), "{}", content_type="application/json")
    assert answer.status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_for_three(
    client: Client, now: datetime, django_assert_num_queries: Any, count: int
) -> None:
    workshop = WorkshopFactory(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=4), capacity=count)
    signups = fill(workshop, 2 * count, now=now - timedelta(days=1))
    for signup in signups[:count]:
        check_in(workshop=workshop, code=signup.check_in_code, checked_in_by=UserFactory(), now=now)
    _, secret = link_of(signups[0])
    client.get(helpers("door", secret))
    with django_assert_num_queries(2):
        client.get(helpers("door_roster", secret))

"""The page that signs several people up and asks what the host wants to know, and what a sign-up's page says."""

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

from kit.formatting import moment_words
from sellers.models import Seller
from tests.factories import MarketFactory, MemberFactory, PolicyFactory, WorkshopFactory, issue
from tests.workshops.places import fill, member_seller, take
from workshops.models import Signup, SignupAnswer, SignupQuestion, Workshop
from workshops.services import cancel_signup, cancel_workshop, check_in, remind_of_workshop, unpublish_workshop

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def upcoming(now: datetime, **fields: Any) -> Workshop:
    start = now + timedelta(days=10)
    return WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=3), **fields)


def seller_url(name: str, seller: Seller, **more: int) -> str:
    return reverse(f"workshops:{name}", kwargs={"seller_id": seller.pk, **more})


def signed_in(client: Client, seller: Seller) -> Client:
    client.force_login(seller.users.get())
    return client


def page_of(client: Client, seller: Seller, workshop: Workshop) -> str:
    here = seller_url("sign_up", seller, workshop_id=workshop.pk)
    return signed_in(client, seller).get(here).content.decode()


def send(client: Client, seller: Seller, workshop: Workshop, **fields: object) -> str:
    here = seller_url("sign_up", seller, workshop_id=workshop.pk)
    data = {"key": uuid4(), "name_1": "", **fields}
    return signed_in(client, seller).post(here, data, follow=True).content.decode()


def test_several_people_are_signed_up_by_name(client: Client, now: datetime) -> None:
    seller, workshop = MemberFactory(user__name="Cleo").seller, upcoming(now, places_per_seller=3)
    assert "Person 3" in page_of(client, seller, workshop)
    page = send(client, seller, workshop, name_1="Ana", name_2="", name_3="Bo", together="all")
    assert "has 2 places in" in page
    ana, bo = Signup.objects.order_by("id")
    assert (ana.attendee, bo.attendee) == ("Ana", "Bo")
    assert f'<a href="{ana.get_absolute_url()}"><bdi>Ana</bdi></a>' in page
    assert f'<a href="{bo.get_absolute_url()}"><bdi>Bo</bdi></a>' in client.get(ana.get_absolute_url()).text
    assert "Person 2" not in (again := page_of(client, seller, workshop))
    assert "Who comes" in again
    assert "Ana" in again


def test_all_or_none_is_refused_beside_its_field(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now, places_per_seller=2, capacity=1)
    page = send(client, seller, workshop, name_1="Ana", name_2="Bo", together="all")
    assert "Only 1 place is free" in page
    assert not Signup.objects.exists()
    page = send(client, seller, workshop, name_1="Ana", name_2="Bo", together="some")
    assert "has a place" in page
    assert "is on the waiting list" in page


def test_each_of_several_people_is_asked(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now, places_per_seller=3)
    diet = SignupQuestion.objects.create(workshop=workshop, text="What do you eat?")
    asked = {"text": "Which size?", "kind": "choice", "choices": ["S", "L"], "required": True}
    size = SignupQuestion.objects.create(workshop=workshop, position=2, **asked)
    first = {"name_1": "Ana", f"question_{diet.pk}": "Rice", f"question_{size.pk}": "S"}
    assert page_of(client, seller, workshop).count("What do you eat?") == 3
    assert "This question has no answer yet." in send(client, seller, workshop, **first, name_3="Bo")
    unnamed = send(client, seller, workshop, **first, **{f"question_{diet.pk}_2": "Bread"})
    assert "Say who this is, or take their answers out." in unnamed
    assert not Signup.objects.exists()
    page = send(client, seller, workshop, **first, name_3="Bo", **{f"question_{size.pk}_3": "S"})
    assert "has 2 places in" in page
    kept = SignupAnswer.objects.order_by("signup", "question").values_list("signup__attendee", "values")
    assert list(kept) == [("Ana", ["Rice"]), ("Ana", ["S"]), ("Bo", ["S"])]


def test_only_who_is_named_is_asked(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now, places_per_seller=2)
    size = SignupQuestion.objects.create(workshop=workshop, text="Which size?", required=True)
    send(client, seller, workshop, name_1="", name_2="Bo", **{f"question_{size.pk}_2": "S"})
    assert list(SignupAnswer.objects.values_list("signup__attendee", "values")) == [("Bo", ["S"])]


def test_one_click_leads_to_the_questions(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    SignupQuestion.objects.create(workshop=workshop, text="What do you eat?", required=True)
    here = seller_url("sign_up", seller, workshop_id=workshop.pk)
    response = signed_in(client, seller).post(here, {"key": uuid4()}, follow=True)
    assert response.redirect_chain == [(here, 302)]
    assert "What do you eat?" in response.content.decode()
    assert not Signup.objects.exists()


def test_questions_of_each_kind_are_asked_and_answered(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    made = [
        SignupQuestion.objects.create(workshop=workshop, position=position, **fields)
        for position, fields in enumerate(
            [
                {"text": "What do you eat?", "sensitive": True},
                {"text": "Which size?", "kind": "choice", "choices": ["S", "L"], "required": True},
                {"text": "Which topics?", "kind": "multi", "choices": ["Claims", "Prices", "Lives"]},
                {"text": "First time?", "kind": "bool"},
            ]
        )
    ]
    diet, size, topics, first = (f"question_{one.pk}" for one in made)
    assert "deleted 30 days after the end" in page_of(client, seller, workshop)
    assert "This question has no answer yet." in send(client, seller, workshop, **{diet: "Rice"})
    assert not Signup.objects.exists()
    page = send(client, seller, workshop, **{diet: "Rice", size: "L", topics: ["Claims", "Lives"], first: "yes"})
    assert list(SignupAnswer.objects.values_list("values", flat=True)) == [
        ["Rice"],
        ["L"],
        ["Claims", "Lives"],
        ["yes"],
    ]
    assert "What you told the host" in page
    assert "<bdi>Lives</bdi>" in page


def test_a_line_break_of_an_answer_counts_once(client: Client, now: datetime) -> None:
    """As on every other page: browsers send two characters for it."""
    seller, workshop = member_seller(), upcoming(now)
    diet = SignupQuestion.objects.create(workshop=workshop, text="What do you eat?")
    longest = "Rice\r\n" + "e" * 495
    send(client, seller, workshop, **{f"question_{diet.pk}": longest})
    assert SignupAnswer.objects.get().values == [longest.replace("\r\n", "\n")]


@pytest.mark.parametrize(
    ("fields", "of_seller", "why"),
    [
        ({}, {"signed_up_to_sell": False}, "Finish signing up in the marketplace"),
        ({"open_to_all_markets": False}, {}, "those of your own market"),
        ({"cancelled_at": timezone.now(), "cancel_reason": "The hall is flooded."}, {}, "The hall is flooded."),
    ],
)
def test_page_says_why_not(
    client: Client, now: datetime, fields: dict[str, Any], of_seller: dict[str, Any], why: str
) -> None:
    seller, workshop = member_seller(market=MarketFactory(), **of_seller), upcoming(now, **fields)
    page = page_of(client, seller, workshop)
    assert why in page
    assert "name_1" not in page


def test_page_says_that_a_seller_has_its_place(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    take(workshop, seller, now=now)
    assert "and you have it" in page_of(client, seller, workshop)


def test_page_says_that_it_overlaps(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    take(upcoming(now, title="The other one"), seller, now=now)
    assert "At the same time you have another workshop" in page_of(client, seller, workshop)


@pytest.mark.parametrize(("sellers", "queries"), [(1, 9), (3, 10)])
@pytest.mark.parametrize("questions", [1, 3])
def test_page_queries(
    client: Client, now: datetime, django_assert_num_queries: Any, questions: int, sellers: int, queries: int
) -> None:
    """Who acts for several sellers has a menu that says where each stands."""
    seller, workshop = member_seller(), upcoming(now)
    for _ in range(sellers - 1):
        MemberFactory(user=seller.users.get(), seller__market=seller.market)
    for number in range(questions):
        SignupQuestion.objects.create(workshop=workshop, text=f"Question {number}?")
    signed_in(client, seller)
    here = seller_url("sign_up", seller, workshop_id=workshop.pk)
    client.get(here)  # notes that it is this seller's page which was opened last
    with django_assert_num_queries(queries):
        client.get(here)


def test_pages_of_somebody_else_are_not_there(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    signup = take(workshop, seller, now=now)
    client.force_login(MemberFactory().user)
    assert client.get(seller_url("sign_up", seller, workshop_id=workshop.pk)).status_code == 404
    assert client.post(seller_url("sign_up", seller, workshop_id=workshop.pk)).status_code == 404
    assert client.post(seller_url("confirm_signup", seller, signup_id=signup.pk)).status_code == 404


def test_a_place_is_confirmed_on_its_page(client: Client, now: datetime) -> None:
    workshop = upcoming(now, capacity=1, confirm_hours=24)
    placed, waiting = fill(workshop, 2, now=now)
    cancel_signup(signup=placed, user=placed.user, now=now)
    signed_in(client, waiting.seller)
    assert "Confirm the place" in client.get(waiting.get_absolute_url()).content.decode()
    here = seller_url("confirm_signup", waiting.seller, signup_id=waiting.pk)
    page = client.post(here, follow=True).content.decode()
    assert "Confirmed: the place is yours" in page
    assert "Confirm the place" not in page
    workshop.signups.placed().update(confirmed_at=None, confirm_by=now - timedelta(seconds=1))
    assert "time to confirm this place is over" in client.post(here, follow=True).content.decode()


def test_who_waits_reads_how_likely_a_place_is(client: Client, now: datetime) -> None:
    workshop = upcoming(now, capacity=1)
    _, waiting = fill(workshop, 2, now=now)
    page = signed_in(client, waiting.seller).get(waiting.get_absolute_url()).content.decode()
    assert "nobody can say how many places become free" in page
    past = WorkshopFactory(market=workshop.market, starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1))
    first, *_ = fill(past, 4, now=now - timedelta(days=5))
    cancel_signup(signup=first, user=first.user, now=now - timedelta(days=4))
    page = client.get(waiting.get_absolute_url()).content.decode()
    assert "In the last workshop of this market 1 of 4 places were given back before the start." in page
    assert "At that rate 0 of the 1 here become free." in page


def test_who_stands_before_the_others_reads_why(client: Client, now: datetime) -> None:
    workshop, policy = upcoming(now, capacity=1), PolicyFactory()
    workshop.policies.add(policy)
    needy = member_seller()
    issue(needy, policy, now=now)
    _, other = fill(workshop, 2, now=now)
    signup = take(workshop, needy, now=now)
    page = signed_in(client, needy).get(signup.get_absolute_url()).content.decode()
    assert "so you stand before those who have none" in page
    page = signed_in(client, other.seller).get(other.get_absolute_url()).content.decode()
    assert "so your number can also rise" in page


def test_form_with_a_damaged_key_says_so_and_keeps_what_was_typed(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    page = send(client, seller, workshop, key="x", name_1="Ana")
    assert "The form arrived damaged, so nobody was signed up." in page
    assert 'value="Ana"' in page
    assert not Signup.objects.exists()
    (key,) = re.findall(r'name="key" value="([^"]+)"', page)
    send(client, seller, workshop, key=key, name_1="Ana")
    assert [signup.attendee for signup in Signup.objects.all()] == ["Ana"]


def test_button_with_a_damaged_key_says_so(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    here = seller_url("sign_up", seller, workshop_id=workshop.pk)
    response = signed_in(client, seller).post(here, {"key": "x"}, follow=True)
    assert response.redirect_chain == [(workshop.get_absolute_url(), 302)]
    assert "The form arrived damaged, so nobody was signed up." in response.content.decode()
    assert not Signup.objects.exists()


def test_page_of_what_is_over_says_that_it_took_place(client: Client, now: datetime) -> None:
    seller = member_seller()
    for hours, said in ((-1, "This workshop has started"), (-300, "This workshop has taken place")):
        start = now + timedelta(hours=hours)
        workshop = WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=3))
        assert said in page_of(client, seller, workshop)


def test_online_there_is_no_door_and_no_code(client: Client, now: datetime) -> None:
    workshop = upcoming(now, mode="online", city=None, venue="", address="", capacity=1)
    placed, waiting = fill(workshop, 2, now=now)
    own = placed.seller
    pages = [placed.get_absolute_url(), seller_url("seller_list", own)]
    pages += [seller_url("cancel_signup", own, signup_id=placed.pk)]
    signed_in(client, own)
    for page in pages:
        shown = client.get(page).content.decode()
        assert placed.spelled_code not in shown
        assert "check-in code" not in shown
        assert "Show this code at the door" not in shown
    assert client.get(seller_url("signup_qr", own, signup_id=placed.pk)).status_code == 404
    cancel_signup(signup=placed, user=placed.user, now=now)
    (message,) = waiting.seller.messages.filter(template="workshop_place_freed")
    assert "code" not in message.body
    remind_of_workshop(workshop_id=workshop.pk, now=workshop.starts_at - timedelta(hours=12))
    (message,) = waiting.seller.messages.filter(template="workshop_reminder")
    assert "code" not in message.body


def test_list_names_who_comes_for_each_place(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now, places_per_seller=2)
    send(client, seller, workshop, name_1="Ana", name_2="Bo")
    page = client.get(seller_url("seller_list", seller)).content.decode()
    assert "<bdi>Ana</bdi>" in page
    assert "<bdi>Bo</bdi>" in page
    bo = Signup.objects.get(attendee="Bo")
    cancel = seller_url("cancel_signup", seller, signup_id=bo.pk)
    assert "<bdi>Bo</bdi>" in client.get(cancel).text
    assert "Cancelled: Bo in “" in client.post(cancel, follow=True).text


def test_list_offers_another_place_where_one_is_possible(client: Client, now: datetime) -> None:
    seller = member_seller()
    one, several = upcoming(now, title="One"), upcoming(now, title="Several", places_per_seller=2)
    signups = [take(workshop, seller, now=now) for workshop in (one, several)]
    response = signed_in(client, seller).get(seller_url("seller_list", seller))
    assert [workshop.title for workshop in response.context["page"]] == ["Several"]
    assert "You have 1 place in it." in response.content.decode()
    form = seller_url("sign_up", seller, workshop_id=several.pk)
    said = [f'<a href="{form}">Take another place' in client.get(one.get_absolute_url()).text for one in signups]
    assert said == [False, True]
    take(several, seller, now=now)
    response = client.get(seller_url("seller_list", seller))
    assert [workshop.title for workshop in response.context["page"]] == []
    assert "Take another place" not in client.get(signups[1].get_absolute_url()).content.decode()


def leave(client: Client, signup: Signup) -> str:
    here = seller_url("cancel_signup", signup.seller, signup_id=signup.pk)
    return signed_in(client, signup.seller).get(here).content.decode()


def test_who_leaves_the_list_reads_where_they_would_stand_again(client: Client, now: datetime) -> None:
    workshop, policy = upcoming(now, capacity=1), PolicyFactory()
    workshop.policies.add(policy)
    placed, first, second = fill(workshop, 3, now=now)
    assert "If you signed up again now, you would be number 2 in line." in leave(client, first)
    assert "you would be number 2 in line." in leave(client, second)
    assert "you would be number 2 in line." in leave(client, placed)
    issue(second.seller, policy, now=now)
    assert "you would be number 1 in line." in leave(client, second)
    issue(placed.seller, policy, now=now)
    assert "you would be number 1 in line." in leave(client, placed)


def test_who_gives_back_a_place_that_nobody_waits_for_is_not_warned(client: Client, now: datetime) -> None:
    (placed,) = fill(upcoming(now, capacity=1), 1, now=now)
    assert "you would be number" not in leave(client, placed)


def test_pages_promise_a_place_to_the_next_in_line_until_the_cut_off_alone(client: Client, now: datetime) -> None:
    def said(workshop: Workshop) -> list[str]:
        placed, waiting = fill(workshop, 2, now=now)
        own, pages = placed.seller, [placed.get_absolute_url()]
        pages += [seller_url("cancel_signup", own, signup_id=placed.pk)]
        shown = [signed_in(client, own).get(page).text for page in pages]
        shown += [signed_in(client, waiting.seller).get(waiting.get_absolute_url()).text]
        return [*shown, client.get(workshop.get_absolute_url()).text]

    place, cancel, waiting, page = said(upcoming(now, capacity=1, pass_on_hours=24))
    until = moment_words(now + timedelta(days=9), zone=ZoneInfo("America/Chicago"))
    assert f"please cancel by {until}: until then the next in line gets your place at once" in place
    assert "goes to the first in line at once" in cancel
    assert "the first in line gets it at once" in waiting
    assert "Whoever waits gets places that become free" in page
    place, cancel, waiting, page = said(upcoming(now, capacity=1, pass_on_hours=24 * 11))
    assert "It is too late for the next in line to get your place." in place
    assert "stays empty: it is too late for the first in line to get it" in cancel
    assert "Places that are given back now stay empty" in waiting
    assert "gets it at once" not in waiting
    assert "Places that are given back now stay empty" in page


def test_cancelling_a_place_that_nobody_waits_for_says_that_it_becomes_free(client: Client, now: datetime) -> None:
    (placed,) = fill(upcoming(now, pass_on_hours=24 * 11), 1, now=now)
    assert "becomes free at once" in leave(client, placed)


def place_page(client: Client, signup: Signup) -> str:
    return signed_in(client, signup.seller).get(signup.get_absolute_url()).text


def test_workshops_page_says_before_the_click_that_it_overlaps(client: Client, now: datetime) -> None:
    seller, workshop = member_seller(), upcoming(now)
    other = take(upcoming(now, title="The other one"), seller, now=now)
    page = signed_in(client, seller).get(workshop.get_absolute_url()).text
    assert "At the same time you have another workshop" in page
    assert f'href="{other.get_absolute_url()}"' in page
    over = WorkshopFactory(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=11))
    assert "At the same time" not in client.get(over.get_absolute_url()).text


def test_place_at_what_was_unpublished_since_leads_to_no_page_that_is_not_there(client: Client, now: datetime) -> None:
    workshop = upcoming(now, venue="Secret hall")
    signup = take(workshop, now=now)
    cancel_signup(signup=signup, user=signup.user, now=now)
    assert "you can sign up again" in place_page(client, signup)
    unpublish_workshop(workshop=workshop, now=now)
    page = place_page(client, signup)
    assert "This workshop is not listed any more." in page
    assert f'href="{seller_url("seller_list", signup.seller)}"' in page
    assert [words in page for words in (workshop.get_absolute_url(), "Secret hall", "sign up again")] == [False] * 3


def test_cancelled_place_promises_another_one_as_long_as_there_are_sign_ups(client: Client, now: datetime) -> None:
    signup = take(upcoming(now), now=now)
    cancel_signup(signup=signup, user=signup.user, now=now)
    Workshop.objects.update(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))
    page = place_page(client, signup)
    assert "You cancelled this place on" in page
    assert "sign up again" not in page


def test_place_says_whether_check_in_is_open(client: Client, now: datetime) -> None:
    signup = take(upcoming(now), now=now)
    assert "Check-in opens two hours before the start." in place_page(client, signup)
    Workshop.objects.update(starts_at=now + timedelta(hours=1))
    page = place_page(client, signup)
    assert "Check-in is open." in page
    assert "Check-in opens" not in page


def test_place_at_a_cancelled_workshop_leads_to_the_others(client: Client, now: datetime) -> None:
    signup = take(upcoming(now), now=now)
    cancel_workshop(workshop=signup.workshop, reason="The hall is flooded.", now=now)
    assert "See the other workshops" in place_page(client, signup)


@pytest.mark.parametrize(
    ("fields", "was_there", "leads"),
    [
        ({"material": "Slides"}, False, True),
        ({"material": "Slides", "material_for": "attendees"}, True, True),
        ({"material": "Slides", "material_for": "attendees"}, False, False),
        ({}, True, False),
    ],
)
def test_place_leads_to_the_material_of_what_is_over(
    client: Client, now: datetime, fields: dict[str, Any], was_there: bool, leads: bool
) -> None:
    start = now - timedelta(hours=3)
    workshop = WorkshopFactory(starts_at=start, ends_at=now - timedelta(hours=1), **fields)
    signup = take(workshop, now=start - timedelta(days=1))
    if was_there:
        check_in(workshop=workshop, code=signup.check_in_code, now=start)
    assert (f'href="{workshop.get_absolute_url()}#material"' in place_page(client, signup)) is leads

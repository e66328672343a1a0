from __future__ import annotations

import itertools
import secrets
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.models import EmailDelivery, Message
from sellers.services import Refused
from tests.factories import NOW, MarketFactory, MemberFactory, UserFactory, WorkshopFactory
from tests.workshops.places import fill, member_seller, states, take
from workshops import rules
from workshops.models import Signup, Workshop
from workshops.services import (
    CapacityTooLow,
    CheckInRefused,
    NotOpen,
    NotSignedUpToSell,
    TooLate,
    cancel_signup,
    cancel_workshop,
    change_capacity,
    check_in,
    move_workshop,
    publish_workshop,
    sign_up,
)

pytestmark = pytest.mark.django_db

START = NOW + timedelta(days=10)
MINUTE = timedelta(minutes=1)


def messages_to(signup: Signup) -> list[str]:
    return list(Message.objects.filter(seller=signup.seller).order_by("id").values_list("subject", flat=True))


# --- Publishing


def test_publish_workshop_lists_it() -> None:
    workshop = publish_workshop(workshop=WorkshopFactory(published_at=None), now=NOW)
    assert workshop.published_at == NOW
    assert list(Workshop.objects.listed()) == [workshop]


@pytest.mark.parametrize("now", [START, START + MINUTE])
def test_publish_workshop_refuses_one_that_starts_in_the_past(now: datetime) -> None:
    workshop = WorkshopFactory(published_at=None)
    with pytest.raises(TooLate) as refusal:
        publish_workshop(workshop=workshop, now=now)
    assert refusal.value.field == "starts_at"


def test_publish_workshop_refuses_a_second_time() -> None:
    with pytest.raises(NotOpen, match="published already"):
        publish_workshop(workshop=WorkshopFactory(), now=NOW)


# --- Signing up


def test_sign_up_gives_places_then_waiting_places_in_order() -> None:
    workshop = WorkshopFactory(capacity=2)
    fill(workshop, 4)
    assert states(workshop) == "PPWW"


def test_sign_up_notes_who_asked_and_when() -> None:
    signup = take(WorkshopFactory())
    assert (signup.user, signup.signed_up_at, signup.placed_at, signup.ordinal) == (
        signup.seller.users.get(),
        NOW,
        NOW,
        1,
    )


def test_sign_up_gives_a_code_that_nobody_misreads() -> None:
    codes = [signup.check_in_code for signup in fill(WorkshopFactory(), 20)]
    assert len(set(codes)) == 20
    assert {len(code) for code in codes} == {rules.CODE_LENGTH}
    assert set("".join(codes)) <= set(rules.CODE_ALPHABET)


def test_sign_up_draws_another_code_when_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    workshop, sellers = WorkshopFactory(), [member_seller(), member_seller()]
    letters = itertools.chain("A" * 16, "B" * 8)
    monkeypatch.setattr(secrets, "choice", lambda alphabet: next(letters))
    assert [take(workshop, seller).check_in_code for seller in sellers] == ["AAAAAAAA", "BBBBBBBB"]


def test_sign_up_twice_gives_the_same_place() -> None:
    workshop, seller = WorkshopFactory(), member_seller()
    first = take(workshop, seller)
    assert take(workshop, seller, now=NOW + MINUTE) == first
    assert workshop.signups.count() == 1


def test_sign_up_twice_keeps_the_place_in_the_queue() -> None:
    workshop, seller = WorkshopFactory(capacity=1), member_seller()
    fill(workshop, 1)
    waiting = take(workshop, seller)
    fill(workshop, 1)
    assert take(workshop, seller, now=NOW + MINUTE) == waiting
    assert workshop.signups.waiting().first() == waiting


def test_sign_up_gives_a_seller_as_many_places_as_the_workshop_allows() -> None:
    workshop, seller = WorkshopFactory(places_per_seller=2), member_seller()
    ordinals = [take(workshop, seller).ordinal for _ in range(3)]
    assert ordinals == [1, 2, 2]


def test_sign_up_fills_the_ordinal_of_a_cancelled_place() -> None:
    workshop, seller = WorkshopFactory(places_per_seller=2), member_seller()
    first, second = take(workshop, seller), take(workshop, seller)
    cancel_signup(signup=first, now=NOW)
    assert take(workshop, seller).ordinal == 1
    assert second.ordinal == 2


def test_sign_up_after_cancelling_waits_at_the_end() -> None:
    workshop = WorkshopFactory(capacity=1)
    first, second = fill(workshop, 2)
    cancel_signup(signup=first, now=NOW)
    again = take(workshop, first.seller)
    second.refresh_from_db()
    assert (again.state, second.state) == ("waiting", "placed")


def test_sign_up_never_stands_before_somebody_who_came_first() -> None:
    workshop = WorkshopFactory(capacity=1)
    take(workshop, now=NOW)
    first = take(workshop, now=NOW + MINUTE)
    second = take(workshop, now=NOW)
    assert second.signed_up_at == NOW + MINUTE
    assert list(workshop.signups.waiting()) == [first, second]


def test_sign_up_takes_sellers_of_other_markets() -> None:
    assert take(WorkshopFactory(), member_seller(market=MarketFactory())).state == "placed"


def test_sign_up_refuses_a_draft() -> None:
    with pytest.raises(NotOpen, match="not published yet"):
        take(WorkshopFactory(published_at=None))


def test_sign_up_refuses_a_cancelled_workshop_and_says_why() -> None:
    workshop = cancel_workshop(workshop=WorkshopFactory(), reason="The hall is flooded.", now=NOW)
    with pytest.raises(NotOpen, match="The hall is flooded"):
        take(workshop)


def test_sign_up_refuses_from_the_start_on() -> None:
    workshop = WorkshopFactory()
    assert take(workshop, now=START - MINUTE).state == "placed"
    with pytest.raises(NotOpen, match="has started"):
        take(workshop, now=START)


def test_sign_up_refuses_a_seller_that_is_not_signed_up_to_sell() -> None:
    with pytest.raises(NotSignedUpToSell, match="Finish signing up"):
        take(WorkshopFactory(), member_seller(signed_up_to_sell=False))


def test_sign_up_looks_at_what_is_stored_now() -> None:
    workshop, seller = WorkshopFactory(), member_seller()
    Workshop.objects.update(published_at=None)
    with pytest.raises(NotOpen):
        sign_up(workshop=workshop, seller=seller, user=UserFactory(), now=NOW)


# --- Cancelling a place


def test_cancel_signup_promotes_the_first_who_waits_at_once() -> None:
    workshop = WorkshopFactory(capacity=2)
    first, _, third, fourth = fill(workshop, 4)
    later = NOW + MINUTE
    cancelled = cancel_signup(signup=first, now=later)
    assert states(workshop) == "CPPW"
    third.refresh_from_db()
    assert (cancelled.cancelled_at, third.placed_at) == (later, later)
    assert messages_to(third) == [f"You have a place: {workshop.title}"]
    assert messages_to(fourth) == messages_to(first) == []


def test_cancel_signup_tells_when_where_and_the_code() -> None:
    workshop = WorkshopFactory(capacity=1)
    first, second = fill(workshop, 2)
    cancel_signup(signup=first, now=NOW)
    message = Message.objects.get()
    assert message.kind == Message.Kind.WORKSHOP
    assert "Sat 28 Nov 2026, 06:00–09:00 CST (America/Chicago)" in message.body
    assert "Town Hall, 1 Main Street, Austin" in message.body
    assert second.spelled_code in message.body
    assert message.path == f"/s/{second.seller_id}/workshops/places/{second.pk}/"
    assert EmailDelivery.objects.get().user == second.seller.users.get()


def test_cancel_signup_posts_in_the_market_of_the_promoted_seller() -> None:
    closed = NOW + timedelta(hours=5)
    workshop = WorkshopFactory(capacity=1)
    first = take(workshop)
    take(workshop, member_seller(market=MarketFactory(books_closed_until=closed)))
    cancel_signup(signup=first, now=NOW)
    assert Message.objects.get().posted_at == closed


def test_cancel_signup_of_a_waiting_place_promotes_nobody() -> None:
    workshop = WorkshopFactory(capacity=1)
    _, second, _ = fill(workshop, 3)
    cancel_signup(signup=second, now=NOW)
    assert states(workshop) == "PCW"
    assert not Message.objects.exists()


def test_cancel_signup_twice_changes_nothing() -> None:
    signup = take(WorkshopFactory())
    cancel_signup(signup=signup, now=NOW)
    assert cancel_signup(signup=signup, now=NOW + MINUTE).cancelled_at == NOW


def test_cancel_signup_refuses_from_the_start_on() -> None:
    signup = take(WorkshopFactory())
    with pytest.raises(TooLate, match="has started"):
        cancel_signup(signup=signup, now=START)


def test_cancel_signup_refuses_when_checked_in() -> None:
    signup = take(WorkshopFactory())
    check_in(workshop=signup.workshop, code=signup.check_in_code, now=START - MINUTE)
    with pytest.raises(TooLate, match="checked in already"):
        cancel_signup(signup=signup, now=START - MINUTE)


# --- Capacity


def test_change_capacity_upwards_promotes_in_order_with_messages() -> None:
    workshop = WorkshopFactory(capacity=1)
    signups = fill(workshop, 4)
    assert change_capacity(workshop=workshop, capacity=3, now=NOW).capacity == 3
    assert states(workshop) == "PPPW"
    assert [len(messages_to(signup)) for signup in signups] == [0, 1, 1, 0]


def test_change_capacity_upwards_tells_sellers_of_several_markets() -> None:
    workshop = WorkshopFactory(capacity=1)
    take(workshop)
    markets = [MarketFactory(), MarketFactory()]
    waiting = [take(workshop, member_seller(market=markets[number % 2])) for number in range(4)]
    change_capacity(workshop=workshop, capacity=5, now=NOW)
    assert [len(messages_to(signup)) for signup in waiting] == [1, 1, 1, 1]


def test_change_capacity_down_to_the_places_given() -> None:
    workshop = WorkshopFactory(capacity=5)
    fill(workshop, 3)
    assert change_capacity(workshop=workshop, capacity=3, now=NOW).capacity == 3


@pytest.mark.parametrize(
    ("given", "capacity", "said"),
    [(3, 2, "3 places are given"), (1, 0, "1 place is given"), (0, 0, "Choose 1 or more")],
)
def test_change_capacity_refuses_less_than_the_places_given(given: int, capacity: int, said: str) -> None:
    workshop = WorkshopFactory(capacity=5)
    fill(workshop, given)
    with pytest.raises(CapacityTooLow, match=said) as refusal:
        change_capacity(workshop=workshop, capacity=capacity, now=NOW)
    assert refusal.value.field == "capacity"
    workshop.refresh_from_db()
    assert workshop.capacity == 5


def test_change_capacity_refuses_once_it_started() -> None:
    workshop = WorkshopFactory(capacity=5)
    assert change_capacity(workshop=workshop, capacity=5, now=START).capacity == 5
    with pytest.raises(TooLate, match="has started"):
        change_capacity(workshop=workshop, capacity=6, now=START)


def test_change_capacity_of_a_draft_is_free() -> None:
    assert change_capacity(workshop=WorkshopFactory(published_at=None), capacity=9, now=START).capacity == 9


# --- Moving


def move(workshop: Workshop, *, now: datetime = NOW, **fields: Any) -> Workshop:
    names = ["starts_at", "ends_at", "time_zone", "city", "venue", "address"]
    return move_workshop(workshop=workshop, now=now, **{name: getattr(workshop, name) for name in names} | fields)


def test_move_workshop_tells_everybody_what_is_new_and_what_was() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, waiting, dropped = fill(workshop, 3)
    cancel_signup(signup=dropped, now=NOW)
    moved = move(workshop, venue="Library", starts_at=START + timedelta(hours=1))
    assert (moved.venue, moved.starts_at) == ("Library", START + timedelta(hours=1))
    bodies = list(Message.objects.order_by("id").values_list("seller_id", "body"))
    assert [seller_id for seller_id, _ in bodies] == [placed.seller_id, waiting.seller_id]
    assert "Sat 28 Nov 2026, 07:00–09:00 CST (America/Chicago)" in bodies[0][1]
    assert "Library, 1 Main Street, Austin" in bodies[0][1]
    assert "Sat 28 Nov 2026, 06:00–09:00 CST, Town Hall" in bodies[0][1]
    assert "You keep your place;" in bodies[0][1]
    assert "You keep your place in line;" in bodies[1][1]


def test_move_workshop_to_where_it_is_tells_nobody() -> None:
    workshop = take(WorkshopFactory()).workshop
    assert move(workshop, now=START) == workshop
    assert not Message.objects.exists()


def test_move_workshop_refuses_a_cancelled_one() -> None:
    workshop = cancel_workshop(workshop=WorkshopFactory(), reason="No.", now=NOW)
    with pytest.raises(NotOpen, match="cannot be moved"):
        move(workshop, venue="Library")


@pytest.mark.parametrize(("now", "fields"), [(START, {"venue": "Library"}), (NOW, {"starts_at": NOW})])
def test_move_workshop_refuses_to_touch_the_past(now: datetime, fields: dict[str, Any]) -> None:
    with pytest.raises(TooLate) as refusal:
        move(WorkshopFactory(), now=now, **fields)
    assert refusal.value.field == "starts_at"


def test_move_workshop_moves_a_draft_freely() -> None:
    assert move(WorkshopFactory(published_at=None), starts_at=NOW).starts_at == NOW


# --- Cancelling a workshop


def test_cancel_workshop_tells_everybody_and_cancels_their_signups() -> None:
    workshop = WorkshopFactory(capacity=2)
    signups = fill(workshop, 4)
    cancel_signup(signup=signups[3], now=NOW)
    cancelled = cancel_workshop(workshop=workshop, reason=" The hall is flooded. ", now=NOW + MINUTE)
    assert (cancelled.cancelled_at, cancelled.cancel_reason) == (NOW + MINUTE, "The hall is flooded.")
    assert states(workshop) == "CCCC"
    assert [len(messages_to(signup)) for signup in signups] == [1, 1, 1, 0]
    bodies = list(Message.objects.order_by("id").values_list("body", flat=True))
    assert ["Your place" in body for body in bodies] == [True, True, False]
    assert all("The hall is flooded." in body for body in bodies)


def test_cancel_workshop_undoes_check_ins() -> None:
    signup = take(WorkshopFactory())
    check_in(workshop=signup.workshop, code=signup.check_in_code, now=START - MINUTE)
    cancel_workshop(workshop=signup.workshop, reason="Fire alarm.", now=START + MINUTE)
    signup.refresh_from_db()
    assert (signup.state, signup.checked_in_at) == ("cancelled", None)


def test_cancel_workshop_refuses_without_a_reason() -> None:
    with pytest.raises(Refused, match="Say why") as refusal:
        cancel_workshop(workshop=WorkshopFactory(), reason=" ", now=NOW)
    assert refusal.value.field == "reason"


def test_cancel_workshop_refuses_a_draft() -> None:
    with pytest.raises(NotOpen, match="is a draft"):
        cancel_workshop(workshop=WorkshopFactory(published_at=None), reason="No.", now=NOW)


def test_cancel_workshop_refuses_a_second_time() -> None:
    workshop = WorkshopFactory()
    cancel_workshop(workshop=workshop, reason="No.", now=NOW)
    with pytest.raises(NotOpen, match="cancelled already"):
        cancel_workshop(workshop=workshop, reason="No.", now=NOW)


def test_cancel_workshop_refuses_one_that_ended() -> None:
    with pytest.raises(TooLate, match="has ended"):
        cancel_workshop(workshop=WorkshopFactory(), reason="No.", now=START + timedelta(hours=3))


# --- Checking in


@pytest.mark.parametrize("after_start", [-timedelta(hours=2), timedelta(0), timedelta(hours=3) - MINUTE])
def test_check_in_notes_the_time(after_start: timedelta) -> None:
    signup = take(WorkshopFactory())
    found = check_in(workshop=signup.workshop, code=f" {signup.spelled_code.lower()}", now=START + after_start)
    assert found == signup
    assert found.checked_in_at == START + after_start


def test_check_in_twice_keeps_the_first_time() -> None:
    signup = take(WorkshopFactory())
    check_in(workshop=signup.workshop, code=signup.check_in_code, now=START)
    again = check_in(workshop=signup.workshop, code=signup.check_in_code, now=START + timedelta(days=1))
    assert again.checked_in_at == START


def test_check_in_refuses_before_it_opens_and_says_when() -> None:
    signup = take(WorkshopFactory())
    with pytest.raises(CheckInRefused, match="opens on 28 Nov 2026, 04:00 CST"):
        check_in(workshop=signup.workshop, code=signup.check_in_code, now=START - timedelta(hours=2, seconds=1))


def test_check_in_refuses_after_the_end() -> None:
    signup = take(WorkshopFactory())
    with pytest.raises(CheckInRefused, match="has ended"):
        check_in(workshop=signup.workshop, code=signup.check_in_code, now=START + timedelta(hours=3))


@pytest.mark.parametrize("code", ["", "NOSUCH99"])
def test_check_in_refuses_an_unknown_code(code: str) -> None:
    with pytest.raises(CheckInRefused, match="No sign-up has this code") as refusal:
        check_in(workshop=WorkshopFactory(), code=code, now=START)
    assert refusal.value.field == "code"


def test_check_in_refuses_a_code_of_another_workshop() -> None:
    signup = take(WorkshopFactory(title="The other one"))
    with pytest.raises(CheckInRefused, match="The other one"):
        check_in(workshop=WorkshopFactory(), code=signup.check_in_code, now=START)


def test_check_in_refuses_who_waits_or_cancelled() -> None:
    workshop = WorkshopFactory(capacity=1)
    _, waiting, cancelled = fill(workshop, 3)
    cancel_signup(signup=cancelled, now=NOW)
    with pytest.raises(CheckInRefused, match="waiting list"):
        check_in(workshop=workshop, code=waiting.check_in_code, now=START)
    with pytest.raises(CheckInRefused, match="was cancelled"):
        check_in(workshop=workshop, code=cancelled.check_in_code, now=START)


# --- Any order of events

EVENTS = st.lists(
    st.tuples(st.sampled_from(["sign up", "cancel", "capacity"]), st.integers(min_value=0, max_value=7)),
    min_size=1,
    max_size=25,
)


def check_places(workshop: Workshop) -> None:
    """Invariant 3, and that places were given in the order of signing up; the database's own checks agree."""
    workshop.refresh_from_db()
    order = states(workshop).replace("C", "")
    count = Counter(order)
    assert count["P"] == min(workshop.capacity, len(order))
    assert order == "P" * count["P"] + "W" * count["W"]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@settings(max_examples=40)
@given(capacity=st.integers(min_value=1, max_value=4), events=EVENTS)
def test_places_are_fair_after_any_sequence(capacity: int, events: list[tuple[str, int]]) -> None:
    market = MarketFactory(milestones=False)
    workshop = WorkshopFactory(market=market, capacity=capacity)
    sellers = [MemberFactory(seller__market=market).seller for _ in range(8)]
    for number, (event, which) in enumerate(events):
        now = NOW + number * MINUTE
        if event == "sign up":
            take(workshop, sellers[which], now=now)
        elif event == "cancel":
            for signup in workshop.signups.active().filter(seller=sellers[which]):
                cancel_signup(signup=signup, now=now)
        else:
            given_now = workshop.signups.placed().count()
            if which < max(given_now, 1):
                with pytest.raises(CapacityTooLow):
                    change_capacity(workshop=workshop, capacity=which, now=now)
            else:
                change_capacity(workshop=workshop, capacity=which, now=now)
        check_places(workshop)
    told = Message.objects.filter(seller__market=market).count()
    promoted = sum(1 for signup in workshop.signups.exclude(placed_at=None) if signup.placed_at != signup.signed_up_at)
    assert told == promoted

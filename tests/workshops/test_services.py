from __future__ import annotations

import itertools
import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.models import AuditEntry
from inbox.models import EmailDelivery, Message
from kit.outcomes import Refused, WrongState
from sellers.models import Seller
from tests.factories import NOW, MarketFactory, MemberFactory, UserFactory, WorkshopFactory
from tests.workshops.places import check_places, fill, member_seller, states, take
from workshops import rules
from workshops.models import Signup, Workshop
from workshops.services import (
    CapacityTooLow,
    CheckInRefused,
    ClosedForSignups,
    MayNotCome,
    TooLate,
    cancel_signup,
    cancel_signup_for_seller,
    cancel_workshop,
    change_capacity,
    check_in,
    correct_attendance,
    describe_workshop,
    give_place,
    move_workshop,
    publish_workshop,
    sign_up,
    undo_check_in,
)

pytestmark = pytest.mark.django_db

START = NOW + timedelta(days=10)
MINUTE = timedelta(minutes=1)


def messages_to(signup: Signup) -> list[str]:
    return [message.subject for message in Message.objects.filter(seller=signup.seller).order_by("id")]


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
    with pytest.raises(WrongState, match="published already"):
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
    cancel_signup(signup=first, user=first.user, now=NOW)
    assert take(workshop, seller).ordinal == 1
    assert second.ordinal == 2


def test_sign_up_after_cancelling_waits_at_the_end() -> None:
    workshop = WorkshopFactory(capacity=1)
    first, second = fill(workshop, 2)
    cancel_signup(signup=first, user=first.user, now=NOW)
    again = take(workshop, first.seller)
    second.refresh_from_db()
    assert (again.state, second.state) == ("waiting", "placed")


def test_sign_up_never_stands_before_somebody_who_came_first() -> None:
    """Whatever the clocks of two servers say."""
    workshop = WorkshopFactory(capacity=1)
    take(workshop, now=NOW)
    first = take(workshop, now=NOW + MINUTE)
    second = take(workshop, now=NOW)
    assert list(workshop.signups.waiting()) == [first, second]


def test_sign_up_refuses_a_draft() -> None:
    with pytest.raises(ClosedForSignups, match="not published yet"):
        take(WorkshopFactory(published_at=None))


def test_sign_up_refuses_a_cancelled_workshop_and_says_why() -> None:
    workshop = cancel_workshop(workshop=WorkshopFactory(), reason="The hall is flooded.", now=NOW)
    with pytest.raises(ClosedForSignups, match="The hall is flooded"):
        take(workshop)


def test_sign_up_refuses_from_the_start_on() -> None:
    workshop = WorkshopFactory()
    assert take(workshop, now=START - MINUTE).state == "placed"
    with pytest.raises(ClosedForSignups, match="has started"):
        take(workshop, now=START)


def test_sign_up_refuses_a_seller_that_is_not_signed_up_to_sell() -> None:
    with pytest.raises(MayNotCome, match="Finish signing up"):
        take(WorkshopFactory(), member_seller(signed_up_to_sell=False))


def test_sign_up_looks_at_what_is_stored_now() -> None:
    workshop, seller = WorkshopFactory(), member_seller()
    Workshop.objects.update(published_at=None)
    with pytest.raises(ClosedForSignups):
        sign_up(workshop=workshop, seller=seller, user=seller.users.get(), now=NOW)


# --- Cancelling a place


def test_cancel_signup_promotes_the_first_who_waits_at_once() -> None:
    workshop = WorkshopFactory(capacity=2)
    first, _, third, fourth = fill(workshop, 4)
    later = NOW + MINUTE
    cancelled = cancel_signup(signup=first, user=first.user, now=later)
    assert states(workshop) == "CPPW"
    third.refresh_from_db()
    assert (cancelled.cancelled_at, third.placed_at) == (later, later)
    assert messages_to(third) == [f"You have a place: {workshop.title}"]
    assert messages_to(fourth) == messages_to(first) == []


def test_cancel_signup_tells_when_where_and_the_code() -> None:
    workshop = WorkshopFactory(capacity=1)
    first, second = fill(workshop, 2)
    cancel_signup(signup=first, user=first.user, now=NOW)
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
    cancel_signup(signup=first, user=first.user, now=NOW)
    assert Message.objects.get().posted_at == closed


def test_cancel_signup_of_a_waiting_place_promotes_nobody() -> None:
    workshop = WorkshopFactory(capacity=1)
    _, second, _ = fill(workshop, 3)
    cancel_signup(signup=second, user=second.user, now=NOW)
    assert states(workshop) == "PCW"
    assert not Message.objects.exists()


def test_cancel_signup_twice_changes_nothing() -> None:
    signup = take(WorkshopFactory())
    cancel_signup(signup=signup, user=signup.user, now=NOW)
    assert cancel_signup(signup=signup, user=signup.user, now=NOW + MINUTE).cancelled_at == NOW


def test_cancel_signup_refuses_from_the_start_on() -> None:
    signup = take(WorkshopFactory())
    with pytest.raises(TooLate, match="has started"):
        cancel_signup(signup=signup, user=signup.user, now=START)


def test_cancel_signup_refuses_when_checked_in() -> None:
    signup = take(WorkshopFactory())
    check_in(workshop=signup.workshop, code=signup.check_in_code, now=START - MINUTE)
    with pytest.raises(TooLate, match="checked in already"):
        cancel_signup(signup=signup, user=signup.user, now=START - MINUTE)


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


def test_change_capacity_down_to_a_single_place() -> None:
    workshop, host = WorkshopFactory(capacity=5), UserFactory()
    assert change_capacity(workshop=workshop, capacity=1, now=NOW, changed_by=host).capacity == 1
    entry = AuditEntry.objects.get()
    assert (entry.person, entry.object_id) == (host, str(workshop.pk))
    assert entry.changes == [{"field": "capacity", "from": 5, "to": 1}]


def test_change_capacity_refuses_once_it_started() -> None:
    workshop = WorkshopFactory(capacity=5)
    assert change_capacity(workshop=workshop, capacity=5, now=START).capacity == 5
    with pytest.raises(TooLate, match="has started") as refusal:
        change_capacity(workshop=workshop, capacity=6, now=START)
    assert refusal.value.field == "capacity"


def test_change_capacity_of_a_draft_is_free() -> None:
    assert change_capacity(workshop=WorkshopFactory(published_at=None), capacity=9, now=START).capacity == 9


# --- Moving


def move(workshop: Workshop, *, now: datetime = NOW, **fields: Any) -> Workshop:
    names = ["starts_at", "ends_at", "time_zone", "mode", "city", "venue", "address", "join_url"]
    return move_workshop(workshop=workshop, now=now, **{name: getattr(workshop, name) for name in names} | fields)


def test_move_workshop_tells_everybody_what_is_new_and_what_was() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, waiting, dropped = fill(workshop, 3)
    cancel_signup(signup=dropped, user=dropped.user, now=NOW)
    moved = move(workshop, venue="Library", starts_at=START + timedelta(hours=1))
    assert (moved.venue, moved.starts_at) == ("Library", START + timedelta(hours=1))
    bodies = [(message.seller_id, message.body) for message in Message.objects.order_by("id")]
    assert [seller_id for seller_id, _ in bodies] == [placed.seller_id, waiting.seller_id]
    assert "Sat 28 Nov 2026, 07:00–09:00 CST (America/Chicago)" in bodies[0][1]
    assert "The time and the venue of this workshop changed." in bodies[0][1]
    assert "(before: Sat 28 Nov 2026, 06:00–09:00 CST (America/Chicago))" in bodies[0][1]
    assert "- **Venue:** Library (before: Town Hall)\n- **Address:** 1 Main Street\n- **City:** Austin" in bodies[0][1]
    assert "You keep your place." in bodies[0][1]
    assert "You keep your place in line." in bodies[1][1]


def test_move_workshop_to_where_it_is_tells_nobody() -> None:
    workshop = take(WorkshopFactory()).workshop
    assert move(workshop, now=START) == workshop
    assert not Message.objects.exists()


def test_move_workshop_refuses_a_cancelled_one() -> None:
    workshop = cancel_workshop(workshop=WorkshopFactory(), reason="No.", now=NOW)
    with pytest.raises(WrongState, match="cannot be moved"):
        move(workshop, venue="Library")


HOUR = timedelta(hours=1)
END = START + 3 * HOUR


@pytest.mark.parametrize(
    ("now", "fields", "field"),
    [
        (START + MINUTE, {"starts_at": START + HOUR}, "starts_at"),
        (START, {"time_zone": "Europe/London"}, "starts_at"),
        (START, {"ends_at": START, "starts_at": START - HOUR}, "starts_at"),
        (START + HOUR, {"ends_at": START + HOUR}, "ends_at"),
        (END, {"venue": "Library"}, "starts_at"),
        (END, {"ends_at": END + HOUR}, "starts_at"),
        (NOW, {"starts_at": NOW, "ends_at": NOW + HOUR}, "starts_at"),
    ],
)
def test_move_workshop_refuses_to_touch_the_past(now: datetime, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(TooLate) as refusal:
        move(WorkshopFactory(), now=now, **fields)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ends_at": END + timedelta(days=365)}, "ends_at"),
        ({"ends_at": START}, "ends_at"),
        ({"starts_at": START.replace(year=2226), "ends_at": END.replace(year=2226)}, "starts_at"),
    ],
)
def test_move_workshop_refuses_a_year_mistyped(fields: dict[str, Any], field: str) -> None:
    for workshop in (WorkshopFactory(), WorkshopFactory(published_at=None)):
        with pytest.raises(Refused) as refusal:
            move(workshop, **fields)
        assert refusal.value.field == field


def test_publish_workshop_refuses_a_year_mistyped() -> None:
    workshop = WorkshopFactory(published_at=None, ends_at=END + timedelta(days=365))
    with pytest.raises(Refused, match="more than 7 days"):
        publish_workshop(workshop=workshop, now=NOW)


def test_move_workshop_moves_a_draft_freely() -> None:
    moved = move(WorkshopFactory(published_at=None), starts_at=NOW, ends_at=NOW + HOUR)
    assert (moved.starts_at, moved.revision) == (NOW, 1)


@pytest.mark.parametrize("fields", [{"ends_at": END + HOUR}, {"venue": "Library"}, {"address": "2 Main Street"}])
def test_move_workshop_puts_off_the_end_and_corrects_the_place_while_it_runs(fields: dict[str, Any]) -> None:
    signup = take(WorkshopFactory())
    check_in(workshop=signup.workshop, code=signup.check_in_code, now=START)
    moved = move(signup.workshop, now=START + HOUR, **fields)
    assert {name: getattr(moved, name) for name in fields} == fields
    signup.refresh_from_db()
    assert signup.checked_in_at == START
    assert "please cancel" not in Message.objects.get().body


def test_move_workshop_says_of_an_address_alone_what_it_was() -> None:
    workshop = take(WorkshopFactory()).workshop
    move(workshop, address="2 Main Street")
    body = Message.objects.get().body
    assert body.startswith("The address of this workshop changed.")
    assert "- **Address:** 2 Main Street (before: 1 Main Street)" in body
    assert body.count("before:") == 1


def test_move_workshop_to_another_start_takes_check_ins_back_so_that_cancelling_works() -> None:
    workshop = WorkshopFactory(capacity=1)
    signup, waiting = fill(workshop, 2)
    host = UserFactory()
    check_in(workshop=workshop, code=signup.check_in_code, now=START - MINUTE, checked_in_by=host)
    week = timedelta(days=7)
    move(workshop, now=START - MINUTE, starts_at=START + week, ends_at=END + week, moved_by=host)
    signup.refresh_from_db()
    assert (signup.checked_in_at, signup.checked_in_by) == (None, None)
    entry = AuditEntry.objects.get(action="undo_check_in")
    assert (entry.object_id, entry.person) == (str(signup.pk), host)
    assert "You were checked in for the time before" in Message.objects.get(seller=signup.seller).body
    cancel_signup(signup=signup, user=signup.user, now=START)
    waiting.refresh_from_db()
    assert waiting.state == "placed"


def test_changes_raise_the_revision_and_say_when() -> None:
    workshop = WorkshopFactory(published_at=None, revision=4)
    revisions = [
        publish_workshop(workshop=workshop, now=NOW),
        move(workshop, now=NOW + MINUTE, venue="Library"),
        describe_workshop(workshop=workshop, texts={"title": "Renamed"}, now=NOW + 2 * MINUTE),
        describe_workshop(workshop=workshop, texts={"summary": "Longer."}, now=NOW + 3 * MINUTE),
        describe_workshop(workshop=workshop, texts={"summary": "Longer."}, now=NOW + 4 * MINUTE),
        cancel_workshop(workshop=workshop, reason="No.", now=NOW + 5 * MINUTE),
    ]
    assert [one.revision for one in revisions] == [5, 6, 7, 8, 8, 9]
    assert [(one.changed_at - NOW) // MINUTE for one in revisions] == [0, 1, 2, 3, 3, 5]
    assert not Message.objects.exists()


def test_describe_workshop_refuses_another_market_once_published_and_a_cancelled_one() -> None:
    workshop, market = WorkshopFactory(), MarketFactory()
    with pytest.raises(Refused, match="stays in its market") as refusal:
        describe_workshop(workshop=workshop, texts={"market": market}, now=NOW)
    assert refusal.value.field == "market"
    draft = WorkshopFactory(published_at=None)
    assert describe_workshop(workshop=draft, texts={"market": market}, now=NOW).market == market
    cancel_workshop(workshop=workshop, reason="No.", now=NOW)
    with pytest.raises(WrongState, match="stays as it is"):
        describe_workshop(workshop=workshop, texts={"title": "Renamed"}, now=NOW)


# --- Cancelling a workshop


def test_cancel_workshop_tells_everybody_and_cancels_their_signups() -> None:
    workshop = WorkshopFactory(capacity=2)
    signups = fill(workshop, 4)
    cancel_signup(signup=signups[3], user=signups[3].user, now=NOW)
    cancelled = cancel_workshop(workshop=workshop, reason=" The hall is flooded. ", now=NOW + MINUTE)
    assert (cancelled.cancelled_at, cancelled.cancel_reason) == (NOW + MINUTE, "The hall is flooded.")
    assert states(workshop) == "CCCC"
    assert [len(messages_to(signup)) for signup in signups] == [1, 1, 1, 0]
    bodies = [message.body for message in Message.objects.order_by("id")]
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
    with pytest.raises(WrongState, match="is a draft"):
        cancel_workshop(workshop=WorkshopFactory(published_at=None), reason="No.", now=NOW)


def test_cancel_workshop_refuses_a_second_time() -> None:
    workshop = WorkshopFactory()
    cancel_workshop(workshop=workshop, reason="No.", now=NOW)
    with pytest.raises(WrongState, match="cancelled already"):
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


def test_check_in_twice_keeps_the_first_time_and_person() -> None:
    signup, first, second = take(WorkshopFactory()), UserFactory(), UserFactory()
    sent: dict[str, Any] = {"workshop": signup.workshop, "code": signup.check_in_code}
    check_in(**sent, now=START, checked_in_by=first)
    again = check_in(**sent, now=START + MINUTE, checked_in_by=second)
    assert (again.checked_in_at, again.checked_in_by) == (START, first)
    assert AuditEntry.objects.count() == 1


def test_check_in_asks_for_opening_times_of_those_checked_in_too() -> None:
    signup = take(WorkshopFactory())
    sent: dict[str, Any] = {"workshop": signup.workshop, "code": signup.check_in_code}
    check_in(**sent, now=START)
    for now, said in [(END, "has ended"), (START - timedelta(days=1), "Check-in opens")]:
        with pytest.raises(CheckInRefused, match=said):
            check_in(**sent, now=now)


def test_undo_check_in_lets_the_code_be_used_again() -> None:
    signup, host = take(WorkshopFactory()), UserFactory()
    sent: dict[str, Any] = {"workshop": signup.workshop, "code": signup.check_in_code}
    with pytest.raises(CheckInRefused, match="is not checked in"):
        undo_check_in(signup=signup, now=START, undone_by=host)
    check_in(**sent, now=START)
    assert undo_check_in(signup=signup, now=START + MINUTE, undone_by=host).checked_in_at is None
    assert AuditEntry.objects.get().action == "undo_check_in"
    assert check_in(**sent, now=START + 2 * MINUTE).checked_in_at == START + 2 * MINUTE
    assert not Message.objects.exists()


def test_undo_check_in_is_refused_once_the_seller_has_to_be_told_why() -> None:
    signup = take(WorkshopFactory())
    check_in(workshop=signup.workshop, code=signup.check_in_code, now=START)
    with pytest.raises(CheckInRefused, match="with a reason"):
        undo_check_in(signup=signup, now=END, undone_by=UserFactory())


# --- What hosts do for somebody

WHY = "You asked at the door."


def test_cancel_signup_for_seller_tells_why_and_gives_the_place_to_the_next() -> None:
    workshop = WorkshopFactory(capacity=1)
    signup, waiting = fill(workshop, 2)
    cancelled = cancel_signup_for_seller(signup=signup, reason=f" {WHY} ", now=NOW, cancelled_by=UserFactory())
    assert (cancelled.state, cancelled.cancel_reason) == ("cancelled", WHY)
    assert states(workshop) == "CP"
    assert messages_to(signup) == [f"Your place was cancelled: {workshop.title}"]
    assert WHY in Message.objects.get(seller=signup.seller).body
    assert len(messages_to(waiting)) == 1
    entry = AuditEntry.objects.get()
    assert (entry.note, entry.object_id) == (WHY, str(signup.pk))
    assert {change["field"] for change in entry.changes} == {"state", "cancelled_at", "cancel_reason"}


def test_cancel_signup_for_seller_cancels_a_waiting_place() -> None:
    workshop = WorkshopFactory(capacity=1)
    _, waiting = fill(workshop, 2)
    cancel_signup_for_seller(signup=waiting, reason=WHY, now=NOW, cancelled_by=None)
    assert states(workshop) == "PC"
    assert messages_to(waiting) == [f"Your waiting place was cancelled: {workshop.title}"]


def test_cancel_signup_for_seller_refuses_what_is_over() -> None:
    workshop = WorkshopFactory()
    gone, arrived, late = fill(workshop, 3)
    cancel_signup(signup=gone, user=gone.user, now=NOW)
    check_in(workshop=workshop, code=arrived.check_in_code, now=START - MINUTE)
    for signup, now, said in [(gone, NOW, "already"), (arrived, NOW, "checked in"), (late, START, "has started")]:
        with pytest.raises(TooLate, match=said):
            cancel_signup_for_seller(signup=signup, reason=WHY, now=now, cancelled_by=None)
    with pytest.raises(Refused, match="Say why"):
        cancel_signup_for_seller(signup=late, reason=" ", now=NOW, cancelled_by=None)


def test_give_place_goes_before_who_stands_first_and_adds_a_place() -> None:
    workshop = WorkshopFactory(capacity=1)
    _, _, third = fill(workshop, 3)
    given = give_place(signup=third, reason=WHY, now=NOW, given_by=UserFactory())
    assert (given.state, given.placed_at, given.by_hand) == ("placed", NOW, True)
    workshop.refresh_from_db()
    assert (states(workshop), workshop.capacity) == ("PWP", 2)
    assert WHY in Message.objects.get(seller=third.seller).body
    about_signup, about_workshop = AuditEntry.objects.order_by("id")
    assert [(entry.kind, entry.object_id, entry.note) for entry in (about_signup, about_workshop)] == [
        ("workshops.signup", str(third.pk), WHY),
        ("workshops.workshop", str(workshop.pk), WHY),
    ]
    assert {change["field"] for change in about_signup.changes} == {"state", "placed_at", "by_hand"}
    assert about_workshop.changes == [{"field": "capacity", "from": 1, "to": 2}]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    cancel_signup(signup=given, user=given.user, now=NOW)
    assert states(workshop) == "PPC"


def test_give_place_works_while_the_workshop_runs() -> None:
    workshop = WorkshopFactory(capacity=1)
    _, waiting = fill(workshop, 2)
    assert give_place(signup=waiting, reason=WHY, now=START + MINUTE, given_by=None).state == "placed"


def test_give_place_refuses_who_does_not_wait_or_may_not_come() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, waiting, left = fill(workshop, 3)
    Seller.objects.filter(pk=left.seller_id).update(signed_up_to_sell=False)
    for signup, now, error in [(placed, NOW, WrongState), (waiting, END, TooLate), (left, NOW, MayNotCome)]:
        with pytest.raises(error):
            give_place(signup=signup, reason=WHY, now=now, given_by=None)
    with pytest.raises(Refused, match="Say why"):
        give_place(signup=waiting, reason="", now=NOW, given_by=None)


def test_correct_attendance_after_the_end_both_ways() -> None:
    signup, host = take(WorkshopFactory()), UserFactory()
    later = END + timedelta(days=1)

    def correct(was_there: bool) -> Signup:
        return correct_attendance(signup=signup, was_there=was_there, reason=WHY, now=later, corrected_by=host)

    there = correct(True)
    assert (there.checked_in_at, there.checked_in_by) == (later, host)
    assert "noted that you were there" in Message.objects.get().body
    with pytest.raises(CheckInRefused, match="noted already"):
        correct(True)
    assert correct(False).checked_in_at is None
    assert "took your check-in back" in Message.objects.order_by("id").last().body
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == ["note_there", "undo_check_in"]


def test_correct_attendance_refuses_who_has_no_place_and_before_it_opens() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, waiting = fill(workshop, 2)
    for signup, now, said in [(waiting, START, "has no place"), (placed, NOW, "Check-in opens")]:
        with pytest.raises(CheckInRefused, match=said):
            correct_attendance(signup=signup, was_there=True, reason=WHY, now=now, corrected_by=None)


# --- Who is not signed up to sell any more


def test_promoting_passes_over_who_is_not_signed_up_to_sell_any_more() -> None:
    workshop = WorkshopFactory(capacity=1)
    first, left, third, fourth = fill(workshop, 4)
    Seller.objects.filter(pk=left.seller_id).update(signed_up_to_sell=False)
    cancel_signup(signup=first, user=first.user, now=NOW)
    assert states(workshop) == "CCPW"
    assert messages_to(left) == [f"Your waiting place has ended: {workshop.title}"]
    assert messages_to(third) == [f"You have a place: {workshop.title}"]
    assert messages_to(fourth) == []
    left.refresh_from_db()
    assert left.cancel_reason == "This account is not signed up to sell."
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_promoting_leaves_a_place_free_when_nobody_who_waits_may_have_it() -> None:
    workshop = WorkshopFactory(capacity=1)
    first, left = fill(workshop, 2)
    Seller.objects.filter(pk=left.seller_id).update(signed_up_to_sell=False)
    change_capacity(workshop=workshop, capacity=2, now=NOW)
    assert states(workshop) == "PC"
    cancel_signup(signup=first, user=first.user, now=NOW)
    assert states(workshop) == "CC"


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
    cancel_signup(signup=cancelled, user=cancelled.user, now=NOW)
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


def check_places_and_what_the_database_holds(workshop: Workshop) -> None:
    check_places(workshop)
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
                cancel_signup(signup=signup, user=signup.user, now=now)
        else:
            given_now = workshop.signups.placed().count()
            if which < max(given_now, 1):
                with pytest.raises(CapacityTooLow):
                    change_capacity(workshop=workshop, capacity=which, now=now)
            else:
                change_capacity(workshop=workshop, capacity=which, now=now)
        check_places_and_what_the_database_holds(workshop)
    told = Message.objects.filter(seller__market=market).count()
    promoted = sum(1 for signup in workshop.signups.exclude(placed_at=None) if signup.placed_at != signup.signed_up_at)
    assert told == promoted

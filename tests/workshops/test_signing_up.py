"""Who may sign up, for whom, with which answers, and when a place is passed on."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from audit.models import AuditEntry
from inbox.models import Message
from kit.outcomes import Refused, WrongState
from sellers.models import Seller
from sellers.services import NotYours
from tests.factories import NOW, MarketFactory, PolicyFactory, UserFactory, WorkshopFactory, issue
from tests.workshops.places import appointment_like, fill, member_seller, states, take
from workshops import rules, selectors
from workshops.models import Signup, SignupAnswer, SignupQuestion, Workshop
from workshops.services import (
    ClosedForSignups,
    MayNotCome,
    NotEnoughPlaces,
    TooLate,
    cancel_signup,
    change_capacity,
    confirm_signup,
    copy_workshop,
    delete_sensitive_answers,
    describe_workshop,
    give_place,
    pass_on_unconfirmed_places,
    sign_up,
    sign_up_for_seller,
    sign_up_people,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
START = NOW + timedelta(days=10)
WHY = "They called us."


def people(workshop: Workshop, seller: Seller, *names: str, **fields: object) -> list[Signup]:
    user = seller.users.get()
    return sign_up_people(
        workshop=workshop, seller=seller, user=user, names=names, now=NOW, **{"key": uuid4()} | fields
    )


def seller_of(workshop: Workshop) -> Seller:
    return member_seller(market=workshop.market)


def check_constraints() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def messages_to(signup: Signup) -> list[str]:
    return list(Message.objects.filter(seller=signup.seller_id).order_by("id").values_list("template", flat=True))


# --- Once, whatever is sent twice


def test_a_form_that_is_sent_twice_is_one_signup() -> None:
    workshop = WorkshopFactory(places_per_seller=2)
    seller, key = seller_of(workshop), uuid4()
    first, again = people(workshop, seller, "", key=key), people(workshop, seller, "", key=key)
    assert first == again
    cancel_signup(signup=first[0], user=first[0].user, now=NOW)
    assert people(workshop, seller, "", key=key)[0].state == "cancelled"
    assert people(workshop, seller, "")[0].ordinal == 1
    assert workshop.signups.count() == 2


def test_without_a_key_a_seller_keeps_the_place_it_has() -> None:
    workshop = WorkshopFactory(places_per_seller=2)
    seller = seller_of(workshop)
    first = sign_up(workshop=workshop, seller=seller, user=seller.users.get(), now=NOW)
    assert sign_up(workshop=workshop, seller=seller, user=seller.users.get(), now=NOW) == first
    assert workshop.signups.count() == 1


# --- Several people


def test_several_people_get_a_place_each_with_their_names() -> None:
    workshop = WorkshopFactory(places_per_seller=3)
    signups = people(workshop, seller_of(workshop), "Ana", "Bo")
    assert [(one.attendee, one.ordinal, one.state) for one in signups] == [("Ana", 1, "placed"), ("Bo", 2, "placed")]
    assert len({one.check_in_code for one in signups}) == len({one.seat_id for one in signups}) == 2


def test_if_fewer_places_are_free_the_others_wait() -> None:
    workshop = WorkshopFactory(places_per_seller=3, capacity=2)
    people(workshop, seller_of(workshop), "Ana", "Bo", "Cy")
    assert states(workshop) == "PPW"
    check_constraints()


def test_together_is_all_or_none() -> None:
    workshop = WorkshopFactory(places_per_seller=3, capacity=2)
    with pytest.raises(NotEnoughPlaces, match="Only 2 places are free"):
        people(workshop, seller_of(workshop), "Ana", "Bo", "Cy", together=True)
    assert workshop.signups.count() == 0
    assert workshop.seats.free().count() == 2
    people(workshop, seller_of(workshop), "Ana", "Bo", together=True)
    people(workshop, seller_of(workshop), "Cy", "Di", together=True)
    assert states(workshop) == "PPWW"


def test_no_more_people_than_places_for_a_seller() -> None:
    workshop = WorkshopFactory(places_per_seller=2)
    seller = seller_of(workshop)
    people(workshop, seller, "Ana")
    with pytest.raises(NotEnoughPlaces, match="1 more place in"):
        people(workshop, seller, "Bo", "Cy")


# --- Who may come


def test_a_seller_of_another_market_comes_if_the_workshop_is_open_to_all() -> None:
    workshop, seller = WorkshopFactory(open_to_all_markets=False), member_seller(market=MarketFactory())
    with pytest.raises(MayNotCome, match="your own market"):
        take(workshop, seller)
    Workshop.objects.update(open_to_all_markets=True)
    assert take(workshop, seller).state == "placed"


def test_a_deactivated_seller_does_not_come() -> None:
    workshop = WorkshopFactory()
    seller = seller_of(workshop)
    issue(seller, PolicyFactory(points=50))
    later = NOW + timedelta(days=5)
    with pytest.raises(MayNotCome, match="is deactivated"):
        take(workshop, seller, now=later)


def test_who_was_deactivated_while_waiting_is_passed_over_and_told_why() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, deactivated, third = fill(workshop, 3)
    issue(deactivated.seller, PolicyFactory(points=50))
    later = NOW + timedelta(days=5)
    with pytest.raises(MayNotCome, match="is deactivated"):
        give_place(signup=deactivated, reason=WHY, now=later, given_by=None)
    cancel_signup(signup=placed, user=placed.user, now=later)
    check_constraints()
    assert states(workshop) == "CCP"
    assert messages_to(third) == ["workshop_place_freed"]
    (told,) = Message.objects.filter(seller=deactivated.seller_id, template="workshop_waiting_ended")
    assert "this account is deactivated" in told.body
    deactivated.refresh_from_db()
    assert deactivated.cancel_reason == "This account is deactivated."


def test_who_waits_is_passed_over_once_the_workshop_is_for_its_own_market_alone() -> None:
    workshop = WorkshopFactory(capacity=1, open_to_all_markets=True)
    placed, stranger, waiting = take(workshop), take(workshop, member_seller()), take(workshop)
    describe_workshop(workshop=workshop, texts={"open_to_all_markets": False}, now=NOW)
    cancel_signup(signup=placed, user=placed.user, now=NOW)
    check_constraints()
    assert states(workshop) == "CCP"
    (told,) = Message.objects.filter(seller=stranger.seller_id)
    assert "for sellers of its own market alone" in told.body
    assert messages_to(waiting) == ["workshop_place_freed"]


def test_several_who_are_passed_over_make_room_for_who_stands_behind_them() -> None:
    workshop = WorkshopFactory(capacity=2)
    placed = fill(workshop, 6)
    Seller.objects.filter(pk__in=[one.seller_id for one in placed[2:5]]).update(signed_up_to_sell=False)
    change_capacity(workshop=workshop, capacity=4, now=NOW)
    check_constraints()
    assert states(workshop) == "PPCCCP"
    assert workshop.seats.free().count() == 1


def test_a_draft_takes_nobody() -> None:
    with pytest.raises(ClosedForSignups, match="not published yet"):
        take(WorkshopFactory(published_at=None))


# --- Who needs it first


def test_who_has_a_violation_of_the_topic_waits_before_the_others() -> None:
    workshop, policy = WorkshopFactory(capacity=1), PolicyFactory()
    workshop.policies.add(policy)
    needy = seller_of(workshop)
    issue(needy, policy)
    placed, other, first = take(workshop), take(workshop), take(workshop, needy)
    assert [other.turn, first.turn] == [Signup.Turn.USUAL, Signup.Turn.FIRST]
    positions = selectors.with_position(workshop.signups.waiting())
    assert [(one.pk, one.position) for one in positions] == [(first.pk, 1), (other.pk, 2)]
    cancel_signup(signup=placed, user=placed.user, now=NOW)
    first.refresh_from_db()
    assert first.state == "placed"
    check_constraints()


def test_nobody_comes_first_where_the_host_does_not_want_it() -> None:
    workshop, policy = WorkshopFactory(capacity=1, topics_first=False), PolicyFactory()
    workshop.policies.add(policy)
    needy = seller_of(workshop)
    issue(needy, policy)
    take(workshop)
    assert take(workshop, needy).turn == Signup.Turn.USUAL


# --- The cut-off


def test_a_place_cancelled_after_the_cut_off_stays_empty() -> None:
    workshop = WorkshopFactory(capacity=1, pass_on_hours=24)
    placed, waiting = fill(workshop, 2)
    cancel_signup(signup=placed, user=placed.user, now=START - 24 * HOUR)
    assert states(workshop) == "CW"
    assert workshop.seats.get().state == "withheld"
    assert take(workshop, now=START - HOUR).state == "waiting"
    check_constraints()
    given = give_place(signup=waiting, reason=WHY, now=START - HOUR, given_by=None)
    workshop.refresh_from_db()
    assert (given.state, workshop.capacity) == ("placed", 1)


def test_a_place_cancelled_before_the_cut_off_is_passed_on() -> None:
    workshop = WorkshopFactory(capacity=1, pass_on_hours=24)
    placed, _ = fill(workshop, 2)
    cancel_signup(signup=placed, user=placed.user, now=START - 24 * HOUR - timedelta(seconds=1))
    assert states(workshop) == "CP"


def test_after_the_cut_off_a_place_is_free_again_while_nobody_waits() -> None:
    workshop = WorkshopFactory(capacity=1, pass_on_hours=24)
    placed = take(workshop)
    cancel_signup(signup=placed, user=placed.user, now=START - HOUR)
    assert take(workshop, now=START - HOUR).state == "placed"


# --- Confirming


def waiting_place(**fields: object) -> Signup:
    """A place from the waiting list that has to be confirmed within a day; somebody else waits behind."""
    workshop = WorkshopFactory(capacity=1, confirm_hours=24, **fields)
    placed, second, _ = fill(workshop, 3)
    cancel_signup(signup=placed, user=placed.user, now=NOW)
    second.refresh_from_db()
    return second


def test_a_place_from_the_waiting_list_is_confirmed() -> None:
    signup = waiting_place()
    assert (signup.confirm_by, signup.awaits_confirmation) == (NOW + 24 * HOUR, True)
    body = Message.objects.get(seller=signup.seller).body
    assert "Please confirm it by" in body
    confirmed = confirm_signup(signup=signup, user=signup.user, now=NOW + HOUR)
    assert confirm_signup(signup=signup, user=signup.user, now=NOW + 2 * HOUR).confirmed_at == confirmed.confirmed_at
    assert pass_on_unconfirmed_places(now=NOW + 30 * HOUR) == 0


def test_a_place_that_nobody_confirms_goes_to_the_next() -> None:
    signup = waiting_place()
    assert pass_on_unconfirmed_places(now=NOW + 24 * HOUR - timedelta(seconds=1)) == 0
    assert pass_on_unconfirmed_places(now=NOW + 24 * HOUR) == 1
    assert states(signup.workshop) == "CCP"
    assert messages_to(signup) == ["workshop_place_freed", "workshop_place_lapsed"]
    signup.refresh_from_db()
    assert signup.lapsed
    with pytest.raises(TooLate, match="time to confirm"):
        confirm_signup(signup=signup, user=signup.user, now=NOW + 25 * HOUR)
    check_constraints()


def test_a_place_is_not_confirmed_too_late_even_before_it_is_passed_on() -> None:
    signup = waiting_place()
    with pytest.raises(TooLate, match="time to confirm"):
        confirm_signup(signup=signup, user=signup.user, now=NOW + 24 * HOUR)


def test_a_place_that_was_given_at_once_needs_no_confirmation() -> None:
    signup = take(WorkshopFactory(confirm_hours=24))
    with pytest.raises(WrongState, match="does not have to be confirmed"):
        confirm_signup(signup=signup, user=signup.user, now=NOW)
    with pytest.raises(NotYours):
        confirm_signup(signup=signup, user=UserFactory(), now=NOW)


def test_once_the_workshop_has_started_no_place_is_passed_on() -> None:
    waiting_place(starts_at=NOW + 25 * HOUR, ends_at=NOW + 30 * HOUR)
    assert pass_on_unconfirmed_places(now=NOW + 26 * HOUR) == 0


# --- What the host asks


def question(workshop: Workshop, **fields: object) -> SignupQuestion:
    return SignupQuestion.objects.create(workshop=workshop, **{"text": "What do you eat?"} | fields)


def test_answers_are_kept_for_each_person() -> None:
    workshop = WorkshopFactory(places_per_seller=2)
    diet, topics = question(workshop), question(workshop, kind="multi", choices=["Claims", "Prices"])
    said: list[dict[int, list[str]]] = [{diet.pk: ["Rice"], topics.pk: []}, {diet.pk: [], topics.pk: ["Claims"]}]
    people(workshop, seller_of(workshop), "Ana", "Bo", answers=said)
    kept = SignupAnswer.objects.values_list("signup__attendee", "question", "values")
    assert list(kept) == [("Ana", diet.pk, ["Rice"]), ("Bo", topics.pk, ["Claims"])]


def test_sensitive_answers_are_deleted_thirty_days_after_the_end() -> None:
    workshop = WorkshopFactory()
    diet, topic = question(workshop, sensitive=True), question(workshop, text="What about?")
    people(workshop, seller_of(workshop), "", answers=[{diet.pk: ["Rice"], topic.pk: ["Claims"]}])
    due = workshop.ends_at + timedelta(days=30)
    assert delete_sensitive_answers(now=due - timedelta(seconds=1)) == 0
    assert delete_sensitive_answers(now=due) == 1
    assert [str(one) for one in SignupAnswer.objects.all()] == ["Claims"]


# --- By a host


def test_a_host_signs_a_seller_up_who_is_told() -> None:
    workshop = WorkshopFactory(capacity=1)
    seller, host = seller_of(workshop), UserFactory()
    asked = {"workshop": workshop, "attendee": "Ana", "reason": WHY, "now": NOW, "signed_up_by": host}
    signup = sign_up_for_seller(seller=seller, **asked)
    assert (signup.state, signup.user, signup.attendee) == ("placed", host, "Ana")
    message = Message.objects.get(seller=seller)
    assert (message.template, WHY in message.body) == ("workshop_signed_up", True)
    entry = AuditEntry.objects.get(action="sign_up")
    assert (entry.note, entry.object_id) == (WHY, str(signup.pk))
    assert sign_up_for_seller(seller=seller_of(workshop), **asked).state == "waiting"
    with pytest.raises(Refused, match="Say why"):
        sign_up_for_seller(seller=seller_of(workshop), **asked | {"reason": " "})
    with pytest.raises(NotEnoughPlaces):
        sign_up_for_seller(seller=seller, **asked)


def test_a_hosts_form_that_is_sent_twice_is_one_place_of_two() -> None:
    workshop = WorkshopFactory(capacity=9, places_per_seller=2)
    asked = {"workshop": workshop, "seller": seller_of(workshop), "attendee": "Ana", "reason": WHY, "now": NOW}
    asked |= {"signed_up_by": UserFactory()}
    key, another = uuid4(), uuid4()
    first = sign_up_for_seller(**asked, key=key)
    assert sign_up_for_seller(**asked, key=key) == first
    assert Message.objects.count() == 1
    second = sign_up_for_seller(**asked, key=another)
    assert (second.ordinal, Message.objects.count()) == (2, 2)
    assert sign_up_for_seller(**asked, key=key) == first  # now that no other place is left


# --- How likely a place is


def test_outlook_counts_what_was_given_back_before() -> None:
    workshop = WorkshopFactory(capacity=10)
    assert selectors.outlook(workshop, as_of=NOW) == rules.Outlook(0, 0, 0)
    past = WorkshopFactory(market=workshop.market)
    first, *_ = fill(past, 4)
    cancel_signup(signup=first, user=first.user, now=NOW)
    found = selectors.outlook(workshop, as_of=past.ends_at)
    assert found == rules.Outlook(1, 4, 1)
    assert (found.expected(10), rules.Outlook(0, 0, 0).expected(10)) == (2, 0)


def test_a_copy_asks_the_same() -> None:
    workshop = WorkshopFactory()
    question(workshop, kind="choice", choices=["S", "L"], required=True)
    start = NOW + timedelta(days=20)
    (made,) = copy_workshop(workshop=workshop, appointments=[appointment_like(workshop, starts_at=start)], now=NOW)
    asked = [made.questions.values_list("text", "kind", "choices", "required"), workshop.questions.count()]
    assert [list(asked[0]), asked[1]] == [[("What do you eat?", "choice", ["S", "L"], True)], 1]

"""At the door with no place: who waits, who came too late, and who had not signed up."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from audit.models import AuditEntry
from sellers.models import Seller
from tests.factories import NOW, PolicyFactory, UserFactory, issue
from tests.workshops.doors import END, MINUTE, START, open_workshop, scan_of, send, somebody
from tests.workshops.places import fill, member_seller, states, take
from workshops.models import Signup, Workshop
from workshops.services import (
    CheckInRefused,
    ClosedForSignups,
    MayNotCome,
    NotEnoughPlaces,
    cancel_signup,
    cancel_workshop,
    check_in_place,
    let_in,
    walk_in,
)

pytestmark = pytest.mark.django_db

AFTER = START + 10 * MINUTE


def full_with_one_waiting(**fields: object) -> tuple[Signup, Signup, Signup]:
    """Two places, taken, and who waits."""
    first, second, waiting = fill(open_workshop(capacity=2, **fields), 3, now=NOW - timedelta(days=1))
    return first, second, waiting


def letting(signup: Signup, now: datetime = AFTER) -> Signup:
    return let_in(signup=signup, let_in_by=UserFactory(is_staff=True), now=now)


def walking(workshop: Workshop, seller: Seller | None = None, now: datetime = AFTER, attendee: str = "") -> Signup:
    seller = seller or member_seller(market=workshop.market)
    return walk_in(workshop=workshop, seller=seller, attendee=attendee, let_in_by=UserFactory(), now=now)


def test_after_the_start_who_waits_gets_the_place_of_who_has_not_come() -> None:
    first, second, waiting = full_with_one_waiting()
    check_in_place(signup=first, now=NOW)
    let = letting(waiting)
    second.refresh_from_db()
    assert (let.state, let.by_hand, let.checked_in_at, let.placed_at) == ("placed", True, AFTER, AFTER)
    assert (second.state, second.seat, second.checked_in_at) == ("given_on", None, None)
    assert let.workshop.seats.filter(state="taken").count() == 2
    noted = {entry.action: entry.object_name for entry in AuditEntry.objects.all()}
    assert noted["let_in"] == str(waiting)
    assert noted["give_on"] == str(second)


def test_before_the_start_nobody_loses_a_place() -> None:
    _, _, waiting = full_with_one_waiting()
    with pytest.raises(NotEnoughPlaces, match="From the start at"):
        letting(waiting, START - MINUTE)


def test_nobody_who_is_here_loses_a_place() -> None:
    first, second, waiting = full_with_one_waiting()
    for signup in (first, second):
        check_in_place(signup=signup, now=NOW)
    with pytest.raises(NotEnoughPlaces, match="people who are here"):
        letting(waiting)


def test_whose_place_was_given_on_is_let_in_late_if_another_has_not_come() -> None:
    first, second, waiting = full_with_one_waiting()
    letting(waiting)
    (refused,) = send(second.workshop, scan_of(second, AFTER), now=AFTER)
    said = f"The place of {second.seller} was given to another after the start. A host can let them in."
    assert refused.words == said
    late = letting(second, AFTER + MINUTE)
    first.refresh_from_db()
    assert (late.state, first.state) == ("placed", "given_on")
    with pytest.raises(NotEnoughPlaces):
        letting(first, AFTER + 2 * MINUTE)


def test_a_place_that_stays_empty_is_given_first_also_before_the_start() -> None:
    first, second, waiting = full_with_one_waiting(pass_on_hours=5)
    cancel_signup(signup=first, user=first.user, now=NOW)
    assert letting(waiting, NOW).state == "placed"
    second.refresh_from_db()
    assert second.state == "placed"


def test_letting_in_somebody_with_a_place_checks_them_in() -> None:
    assert letting(somebody(), NOW).checked_in_at == NOW


def test_who_cancelled_or_sells_no_more_is_not_let_in() -> None:
    first, second, waiting = full_with_one_waiting()
    cancel_signup(signup=first, user=first.user, now=NOW)
    with pytest.raises(CheckInRefused, match="was cancelled"):
        letting(first)
    other = take(second.workshop, now=NOW)
    Seller.objects.filter(pk=other.seller_id).update(signed_up_to_sell=False)
    with pytest.raises(MayNotCome, match="signed up to sell"):
        letting(other)
    deactivated = take(second.workshop, now=NOW)
    issue(deactivated.seller, PolicyFactory(points=50))
    with pytest.raises(MayNotCome, match="is deactivated"):
        letting(deactivated)
    assert waiting.pk


def test_walking_in_takes_a_free_place() -> None:
    workshop = open_workshop(capacity=2)
    host = UserFactory(is_staff=True)
    seller = member_seller(market=workshop.market)
    signup = walk_in(workshop=workshop, seller=seller, attendee="Mei Lin", let_in_by=host, now=NOW)
    signup.refresh_from_db()
    assert (signup.state, signup.walked_in, signup.by_hand, signup.user) == ("placed", True, True, host)
    assert (signup.attendee, signup.checked_in_at, signup.checked_in_by) == ("Mei Lin", NOW, host)
    assert AuditEntry.objects.filter(action="let_in").get().note == "Walked in at the door."


def test_walking_in_after_the_start_takes_the_place_of_who_has_not_come() -> None:
    workshop = open_workshop(capacity=1)
    absent = somebody(workshop)
    walking(workshop)
    absent.refresh_from_db()
    assert absent.state == "given_on"
    assert list(Signup.objects.did_not_come(as_of=END)) == [absent]
    assert not Signup.objects.did_not_come(as_of=END - MINUTE).exists()
    assert Signup.objects.came().count() == 1


def test_a_form_that_is_sent_twice_lets_one_person_in() -> None:
    workshop = open_workshop(capacity=9, places_per_seller=2)
    asked = {"workshop": workshop, "seller": member_seller(market=workshop.market), "attendee": "Mei Lin", "now": NOW}
    asked |= {"let_in_by": UserFactory()}
    key = uuid4()
    first = walk_in(**asked, key=key)
    assert walk_in(**asked, key=key) == first
    assert walk_in(**asked, key=uuid4()).ordinal == 2


def test_who_is_on_the_list_does_not_walk_in() -> None:
    signup = somebody(open_workshop(capacity=2, places_per_seller=1))
    with pytest.raises(CheckInRefused, match="is signed up"):
        walking(signup.workshop, signup.seller)
    check_in_place(signup=signup, now=NOW)
    with pytest.raises(NotEnoughPlaces):
        walking(signup.workshop, signup.seller)


def test_a_second_person_of_a_seller_walks_in_where_that_is_allowed() -> None:
    signup = somebody(open_workshop(places_per_seller=2))
    check_in_place(signup=signup, now=NOW)
    assert walking(signup.workshop, signup.seller, NOW, "Second").ordinal == 2


def test_walking_in_asks_what_signing_up_asks() -> None:
    workshop = open_workshop(open_to_all_markets=False)
    with pytest.raises(MayNotCome):
        walking(workshop, member_seller())
    with pytest.raises(MayNotCome):
        walking(workshop, member_seller(market=workshop.market, signed_up_to_sell=False))
    with pytest.raises(CheckInRefused, match="Check-in opens"):
        walking(workshop, now=NOW - timedelta(hours=2))
    with pytest.raises(ClosedForSignups):
        walking(workshop, now=END)
    assert states(workshop) == ""


def test_a_workshop_that_is_cancelled_while_it_runs_takes_those_along_whose_place_was_given_on() -> None:
    first, second, waiting = full_with_one_waiting()
    letting(waiting)
    cancel_workshop(workshop=first.workshop, reason="Fire alarm.", now=AFTER + MINUTE)
    assert states(second.workshop) == "CCC"
    with pytest.raises(ClosedForSignups):
        walking(first.workshop, now=AFTER + 2 * MINUTE)

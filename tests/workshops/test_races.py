"""Real threads, each with a connection of its own, against one workshop."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import transaction

from inbox.models import Message
from sellers.models import Seller
from tests.factories import NOW, MarketFactory, MemberFactory, UserFactory, WorkshopFactory
from tests.threads import jobs_at_once
from tests.workshops.doors import helper, open_workshop, scan_of, send, somebody
from tests.workshops.places import check_places, fill, states, take
from workshops.listing import what_is_listed
from workshops.models import DoorScan, ListingVersion, Seat, Signup, Workshop
from workshops.services import (
    ClosedForSignups,
    NotEnoughPlaces,
    cancel_signup,
    cancel_workshop,
    change_capacity,
    check_in,
    give_place,
    let_in,
    sign_up,
    sign_up_people,
)
from workshops.services.locking import share_places
from workshops.services.seats import take_seats

pytestmark = pytest.mark.django_db(transaction=True)


def sellers_of_one_market(count: int) -> Sequence[Seller]:
    market = MarketFactory()
    return [MemberFactory(seller__market=market).seller for _ in range(count)]


def taking(workshop: Workshop, sellers: Sequence[Seller]) -> list[Callable[[], object]]:
    return [lambda seller=seller: take(workshop, seller) for seller in sellers]


def cancelling(signups: Sequence[Signup]) -> list[Callable[[], object]]:
    return [lambda signup=signup: cancel_signup(signup=signup, user=signup.user, now=NOW) for signup in signups]


def test_thirty_signups_at_once_for_five_places() -> None:
    workshop = WorkshopFactory(capacity=5)
    signups = jobs_at_once(*taking(workshop, sellers_of_one_market(30)))
    assert check_places(workshop) == {"P": 5, "W": 25}
    assert len({signup.check_in_code for signup in signups}) == 30


def test_who_waits_for_a_seat_keeps_nobody_waiting_who_has_one() -> None:
    workshop = WorkshopFactory(capacity=6)

    def take_one() -> list[int]:
        with transaction.atomic():
            share_places(workshop_id=workshop.pk)
            seats = take_seats(workshop)
            Seat.objects.filter(pk__in=seats).update(state=Seat.State.WITHHELD)  # the database keeps none for nobody
            return seats

    for _round in range(40):
        Seat.objects.filter(workshop=workshop).update(state=Seat.State.FREE)
        taken = [seat for seats in jobs_at_once(*[take_one] * 12) for seat in seats]
        assert len(taken) == len(set(taken)) == 6


@pytest.mark.parametrize("capacity", [5, 11])
def test_sellers_who_each_ask_for_two_places_at_once_do_not_wait_for_each_other(capacity: int) -> None:
    workshop = WorkshopFactory(capacity=capacity, places_per_seller=2)

    def take_two(seller: Seller) -> list[Signup]:
        names = ["Hana", "Omar"]
        return sign_up_people(workshop=workshop, seller=seller, user=seller.users.get(), names=names, now=NOW)

    jobs_at_once(*[lambda seller=seller: take_two(seller) for seller in sellers_of_one_market(8)])
    assert check_places(workshop) == {"P": capacity, "W": 16 - capacity}


def test_one_seller_asking_ten_times_at_once_gets_one_place() -> None:
    workshop = WorkshopFactory(capacity=5)
    signups = jobs_at_once(*taking(workshop, [*sellers_of_one_market(1)] * 10))
    assert len({signup.pk for signup in signups}) == 1
    assert check_places(workshop) == {"P": 1}


def test_cancelling_and_signing_up_at_once() -> None:
    workshop = WorkshopFactory(capacity=5)
    signups = fill(workshop, 8)
    jobs_at_once(*cancelling(signups[:5]), *taking(workshop, sellers_of_one_market(5)))
    assert check_places(workshop) == {"P": 5, "W": 3}
    promoted = workshop.signups.placed().filter(pk__in=[signup.pk for signup in signups[5:]]).count()
    assert promoted == 3
    assert Message.objects.count() >= 3


def test_cancelling_one_place_twice_at_once_promotes_one() -> None:
    workshop = WorkshopFactory(capacity=1)
    first, *_ = fill(workshop, 3)
    jobs_at_once(*cancelling([first] * 6))
    assert states(workshop) == "CPW"
    assert Message.objects.count() == 1


def test_capacity_changing_while_sellers_sign_up() -> None:
    workshop = WorkshopFactory(capacity=4)
    changes = [lambda size=size: change_capacity(workshop=workshop, capacity=size, now=NOW) for size in (2, 9, 6, 3, 8)]
    jobs = [*taking(workshop, sellers_of_one_market(15)), *changes]
    random.Random(3).shuffle(jobs)
    jobs_at_once(*jobs)
    assert check_places(workshop).total() == 15


def test_cancelling_the_workshop_while_sellers_sign_up() -> None:
    workshop = WorkshopFactory(capacity=3)
    fill(workshop, 2)
    results = jobs_at_once(
        *taking(workshop, sellers_of_one_market(10)), lambda: cancel_workshop(workshop=workshop, reason="No.", now=NOW)
    )
    came_too_late = sum(isinstance(result, ClosedForSignups) for result in results)
    assert set(states(workshop)) == {"C"}
    assert Message.objects.filter(template="workshop_cancelled").count() == 12 - came_too_late


def test_places_in_two_markets_do_not_block_each_other() -> None:
    """Sellers of two markets in two workshops, promoted crosswise."""
    workshops = [WorkshopFactory(capacity=1, starts_at=NOW + timedelta(days=9)) for _ in range(2)]
    sellers = [*sellers_of_one_market(4), *sellers_of_one_market(4)]
    for workshop, order in zip(workshops, [sellers, sellers[::-1]], strict=True):
        for seller in order:
            take(workshop, seller)
    for _ in range(3):
        current = [workshop.signups.placed().get() for workshop in workshops]
        jobs_at_once(*cancelling(current))
    for workshop in workshops:
        assert check_places(workshop) == {"P": 1, "W": 4}
    assert Message.objects.count() == 6


def test_one_seller_asking_ten_times_at_once_for_its_second_place_gets_one() -> None:
    workshop = WorkshopFactory(capacity=5, places_per_seller=3)
    (seller,) = sellers_of_one_market(1)
    take(workshop, seller)
    user, key = seller.users.get(), uuid4()
    asking = [lambda: sign_up(workshop=workshop, seller=seller, user=user, key=key, now=NOW)] * 10
    signups = jobs_at_once(*asking)
    assert len({signup.pk for signup in signups}) == 1
    assert check_places(workshop) == {"P": 2}


def test_giving_a_place_by_hand_while_places_are_cancelled_and_taken() -> None:
    workshop = WorkshopFactory(capacity=3)
    signups = fill(workshop, 8)
    giving = [lambda one=one: give_place(signup=one, reason="Speaks.", now=NOW, given_by=None) for one in signups[6:]]
    jobs_at_once(*giving, *cancelling(signups[:2]), *taking(workshop, sellers_of_one_market(3)))
    workshop.refresh_from_db()
    count = Counter(states(workshop))
    assert count["P"] == workshop.capacity
    assert {signup.state for signup in workshop.signups.filter(pk__in=[one.pk for one in signups[6:]])} == {"placed"}


def test_one_code_at_two_doors_is_one_arrival() -> None:
    signup = take(
        WorkshopFactory(starts_at=NOW, ends_at=NOW + timedelta(hours=3)),
        now=NOW - timedelta(hours=1),
    )
    moments = [NOW + timedelta(seconds=second) for second in range(6)]
    sent = {"workshop": signup.workshop, "code": signup.check_in_code}
    arrivals = jobs_at_once(*[lambda now=now: check_in(**sent, now=now) for now in moments])
    assert len({arrival.checked_in_at for arrival in arrivals}) == 1


def test_two_doors_that_send_what_they_kept_at_once_agree_on_the_first_time() -> None:
    workshop = open_workshop()
    signups = [somebody(workshop) for _ in range(6)]
    doors = [helper(workshop, name) for name in ("North", "South")]
    early = [scan_of(signup, NOW - timedelta(minutes=30 - n)) for n, signup in enumerate(signups)]
    late = [scan_of(signup, NOW - timedelta(minutes=10 - n)) for n, signup in enumerate(reversed(signups))]
    sending = [lambda: send(workshop, *early, by=doors[0]), lambda: send(workshop, *late, by=doors[1])]
    jobs_at_once(*sending, *sending, *sending)
    arrivals = {signup.pk: signup.checked_in_at for signup in workshop.signups.all()}
    assert arrivals == {scan.signup_id: scan.at for scan in early}
    assert {signup.checked_in_with for signup in workshop.signups.all()} == {doors[0]}
    assert DoorScan.objects.count() == len(early) + len(late)


def test_one_batch_sent_six_times_at_once_is_one() -> None:
    workshop = open_workshop()
    batch = [scan_of(somebody(workshop)) for _ in range(3)]
    answers = jobs_at_once(*[lambda: send(workshop, *batch)] * 6)
    assert [[result.outcome for result in answer] for answer in answers] == [["here"] * 3] * 6
    assert DoorScan.objects.count() == 3


def test_four_at_the_door_for_the_places_of_two_who_have_not_come() -> None:
    workshop = open_workshop(capacity=2)
    absent, waiting = fill(workshop, 2, now=NOW - timedelta(days=1)), fill(workshop, 4, now=NOW - timedelta(hours=9))
    after, host = workshop.starts_at + timedelta(minutes=5), UserFactory(is_staff=True)
    outcomes = jobs_at_once(*[lambda one=one: let_in(signup=one, let_in_by=host, now=after) for one in waiting])
    assert sum(isinstance(outcome, NotEnoughPlaces) for outcome in outcomes) == 2
    assert {signup.state for signup in Signup.objects.filter(pk__in=[one.pk for one in absent])} == {"given_on"}
    assert workshop.signups.placed().count() == workshop.signups.came().count() == 2


# --- The version of the listing


def test_who_changes_workshops_at_once_waits_for_nobody_and_each_change_is_seen() -> None:
    """All are in their transactions together: each would wait for ever if one of them had to."""
    workshops, together = WorkshopFactory.create_batch(5, published_at=None), Barrier(5, timeout=30)
    versions = [listed_version()]

    def change(workshop: Workshop) -> None:
        with transaction.atomic():
            Workshop.objects.filter(pk=workshop.pk).update(title="Another title")
            together.wait()
            versions.append(listed_version())
            together.wait()

    jobs_at_once(*[lambda workshop=workshop: change(workshop) for workshop in workshops])
    versions.append(listed_version())
    assert len(set(versions)) == 7  # before, as each of the five sees it, and after
    assert ListingVersion.objects.count() == 5
    jobs_at_once(*[lambda workshop=workshop: workshop.delete() for workshop in workshops])
    assert listed_version() not in versions
    assert ListingVersion.objects.count() == 5


def listed_version() -> str:
    return what_is_listed(shown=(), now=NOW)[0]

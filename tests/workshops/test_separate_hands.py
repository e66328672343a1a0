"""A host decides nothing about a seller that they may act for; what anybody can see, such as who came, they note."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from kit.outcomes import Refused
from sellers.models import Seller
from sellers.services import add_member
from tests.factories import NOW, UserFactory, WorkshopFactory
from tests.workshops.doors import MINUTE, START, open_workshop
from tests.workshops.places import fill, member_seller, take
from tests.workshops.test_missed import miss
from workshops.models import Signup
from workshops.services import (
    cancel_signup_for_seller,
    check_in,
    correct_attendance,
    excuse_signup,
    give_place,
    let_in,
    walk_in,
)

pytestmark = pytest.mark.django_db

AFTER = START + 10 * MINUTE
REASON = "The train did not run."


def waiting() -> Signup:
    workshop = WorkshopFactory(capacity=1)
    fill(workshop, 1)
    return take(workshop)


def waiting_at_the_door() -> Signup:
    return fill(open_workshop(capacity=2), 3, now=NOW)[-1]


def placed() -> Signup:
    return take(WorkshopFactory())


def missed() -> Signup:
    return miss(member_seller())


DECISIONS: dict[str, tuple[Callable[[], Signup], Callable[[Signup, User], Any]]] = {
    "excuse": (missed, lambda one, by: excuse_signup(signup=one, reason=REASON, now=NOW, excused_by=by)),
    "correct": (
        missed,
        lambda one, by: correct_attendance(signup=one, was_there=True, reason=REASON, now=NOW, corrected_by=by),
    ),
    "give a place": (waiting, lambda one, by: give_place(signup=one, reason=REASON, now=NOW, given_by=by)),
    "cancel": (
        placed,
        lambda one, by: cancel_signup_for_seller(signup=one, reason=REASON, now=NOW, cancelled_by=by),
    ),
    "let in": (waiting_at_the_door, lambda one, by: let_in(signup=one, now=AFTER, let_in_by=by)),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_member_does_not_decide_about_a_place_of_the_own_seller(name: str) -> None:
    make, decide = DECISIONS[name]
    signup, host = make(), UserFactory(is_staff=True)
    add_member(seller=signup.seller, user=host, now=NOW)
    with pytest.raises(Refused, match="You are a member of"):
        decide(signup, host)
    decide(signup, UserFactory(is_staff=True))


def test_member_lets_nobody_of_the_own_seller_walk_in() -> None:
    workshop, host = open_workshop(capacity=2), UserFactory(is_staff=True)
    seller: Seller = member_seller(market=workshop.market)
    add_member(seller=seller, user=host, now=NOW)
    asked = {"workshop": workshop, "seller": seller, "attendee": "", "now": AFTER}
    with pytest.raises(Refused, match="You are a member of"):
        walk_in(let_in_by=host, **asked)
    assert walk_in(let_in_by=UserFactory(), **asked).walked_in


def test_member_checks_in_who_has_come() -> None:
    signup, host = take(open_workshop(capacity=2)), UserFactory(is_staff=True)
    add_member(seller=signup.seller, user=host, now=NOW)
    checked = check_in(workshop=signup.workshop, code=signup.check_in_code, now=AFTER, checked_in_by=host)
    assert checked.checked_in_by == host

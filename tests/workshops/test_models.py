"""SQL against every constraint and trigger: what the database refuses whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from tests.factories import NOW, MarketFactory, WorkshopFactory
from tests.workshops.places import fill, member_seller, take
from workshops.models import Signup, Workshop
from workshops.selectors import with_counts
from workshops.services import cancel_workshop

pytestmark = pytest.mark.django_db


@contextmanager
def refused(constraint: str) -> Iterator[None]:
    """The database refuses what happens inside, naming the constraint, at the latest when it would be committed."""
    with pytest.raises(DatabaseError) as error, transaction.atomic():  # noqa: PT012  # what a caller does is one step
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert error.value.__cause__.diag.constraint_name == constraint


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("capacity = 0", "workshop_capacity_positive"),
        ("places_per_seller = 0", "workshop_places_per_seller_positive"),
        ("ends_at = starts_at", "workshop_ends_after_start"),
        ("cancelled_at = now()", "workshop_cancel_has_reason"),
        ("cancel_reason = 'No.'", "workshop_cancel_has_reason"),
    ],
)
def test_workshop_constraints(change: str, constraint: str) -> None:
    workshop = WorkshopFactory()
    with refused(constraint):
        sql(f"UPDATE workshops_workshop SET {change} WHERE id = %s", workshop.pk)


@pytest.mark.parametrize(
    "change",
    [
        "placed_at = NULL",
        "cancelled_at = now()",
        "state = 'waiting'",
        "state = 'cancelled'",
        "state = 'unknown'",
        "state = 'cancelled', cancelled_at = now(), checked_in_at = now()",
        "state = 'waiting', placed_at = NULL, checked_in_at = now()",
    ],
)
def test_signup_state_has_its_times(change: str) -> None:
    signup = take(WorkshopFactory())
    with refused("signup_state_has_its_times"):
        sql(f"UPDATE workshops_signup SET {change} WHERE id = %s", signup.pk)


def test_signup_ordinal_starts_at_one() -> None:
    signup = take(WorkshopFactory())
    with refused("signup_ordinal_positive"):
        sql("UPDATE workshops_signup SET ordinal = 0 WHERE id = %s", signup.pk)


def test_a_seller_has_no_two_active_places_of_one_ordinal() -> None:
    first = take(WorkshopFactory(places_per_seller=2))
    second = take(first.workshop, first.seller)
    with refused("signup_place_unique_for_seller"):
        sql("UPDATE workshops_signup SET ordinal = 1 WHERE id = %s", second.pk)


def test_a_check_in_code_is_one_signups() -> None:
    first, second = fill(WorkshopFactory(), 2)
    with refused("workshops_signup_check_in_code_key"):
        sql("UPDATE workshops_signup SET check_in_code = %s WHERE id = %s", first.check_in_code, second.pk)


def test_no_more_places_than_capacity() -> None:
    workshop = WorkshopFactory(capacity=1)
    waiting = fill(workshop, 2)[1]
    with refused("workshop_places_within_capacity"):
        sql("UPDATE workshops_signup SET state = 'placed', placed_at = now() WHERE id = %s", waiting.pk)


def test_no_capacity_below_the_places_given() -> None:
    workshop = WorkshopFactory(capacity=3)
    fill(workshop, 2)
    with refused("workshop_places_within_capacity"):
        sql("UPDATE workshops_workshop SET capacity = 1 WHERE id = %s", workshop.pk)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE workshops_workshop SET capacity = 2 WHERE id = %(workshop)s",
        "UPDATE workshops_signup SET state = 'cancelled', cancelled_at = now() WHERE id = %(placed)s",
    ],
)
def test_no_free_place_while_somebody_waits(attack: str) -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, _ = fill(workshop, 2)
    with refused("workshop_no_free_place_while_waiting"), connection.cursor() as cursor:
        cursor.execute(attack, {"workshop": workshop.pk, "placed": placed.pk})


def test_no_waiting_place_while_one_is_free() -> None:
    workshop, seller = WorkshopFactory(), member_seller()
    with refused("workshop_no_free_place_while_waiting"):
        Signup.objects.create(
            workshop=workshop, seller=seller, user=seller.users.get(), state="waiting", check_in_code="CODE"
        )


def test_nobody_jumps_the_queue() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, _, last = fill(workshop, 3)
    with refused("workshop_places_in_order"):
        sql("UPDATE workshops_signup SET state = 'cancelled', cancelled_at = now() WHERE id = %s", placed.pk)
        sql("UPDATE workshops_signup SET state = 'placed', placed_at = now() WHERE id = %s", last.pk)


def test_a_cancelled_workshop_has_no_places() -> None:
    workshop = take(WorkshopFactory()).workshop
    with refused("workshop_cancelled_has_no_signups"):
        sql("UPDATE workshops_workshop SET cancelled_at = now(), cancel_reason = 'No.' WHERE id = %s", workshop.pk)


def test_nobody_signs_up_for_a_cancelled_workshop() -> None:
    workshop, seller = cancel_workshop(workshop=WorkshopFactory(), reason="No.", now=NOW), member_seller()
    with refused("workshop_cancelled_has_no_signups"):
        Signup.objects.create(
            workshop=workshop,
            seller=seller,
            user=seller.users.get(),
            state="placed",
            placed_at=NOW,
            check_in_code="CODE",
        )


def test_a_signup_is_not_deleted() -> None:
    signup = take(WorkshopFactory())
    with refused("signup_is_not_deleted"):
        sql("DELETE FROM workshops_signup WHERE id = %s", signup.pk)


@pytest.mark.parametrize("column", ["workshop_id", "seller_id", "signed_up_at"])
def test_a_signup_is_not_moved(column: str) -> None:
    signup = take(WorkshopFactory())
    other = {"workshop_id": WorkshopFactory().pk, "seller_id": member_seller().pk, "signed_up_at": NOW - timedelta(1)}
    with refused("signup_is_not_moved"):
        sql(f"UPDATE workshops_signup SET {column} = %s WHERE id = %s", other[column], signup.pk)


def test_a_time_zone_is_one_that_exists() -> None:
    with pytest.raises(ValidationError, match="is no time zone"):
        WorkshopFactory(time_zone="Mars/Olympus").full_clean()


def test_records_name_themselves() -> None:
    signup = take(WorkshopFactory(title="Claims", city="Austin"))
    assert str(signup.workshop) == "Claims, Austin"
    assert str(signup) == f"{signup.seller} at Claims, Austin"
    assert list(with_counts(Workshop.objects.all()).values_list("places_given", "waiting", "places_left")) == [
        (1, 0, 74)
    ]


def test_a_place_by_hand_comes_before_who_waits_and_no_other() -> None:
    workshop = WorkshopFactory(capacity=1)
    _, second, third = fill(workshop, 3)
    sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    place = "UPDATE workshops_signup SET state = 'placed', placed_at = now(), by_hand = %s WHERE id = %s"
    with refused("workshop_places_in_order"):
        sql("UPDATE workshops_workshop SET capacity = 2 WHERE id = %s", workshop.pk)
        sql(place, False, third.pk)
    sql("UPDATE workshops_workshop SET capacity = 2 WHERE id = %s", workshop.pk)
    sql(place, True, third.pk)
    sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    with refused("signup_by_hand_is_no_waiting_place"):
        sql("UPDATE workshops_signup SET by_hand = true WHERE id = %s", second.pk)


def test_a_published_workshop_keeps_its_market() -> None:
    draft, published, market = WorkshopFactory(published_at=None), WorkshopFactory(), MarketFactory()
    change = "UPDATE workshops_workshop SET market_id = %s WHERE id = %s"
    sql(change, market.pk, draft.pk)
    with refused("workshop_published_stays_in_market"):
        sql(change, market.pk, published.pk)


@pytest.mark.parametrize("column", ["title", "venue", "address"])
@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x0b", "\x07", "\x7f"])
def test_names_are_lines(column: str, character: str) -> None:
    with refused("workshop_names_are_lines"):
        sql(f"UPDATE workshops_workshop SET {column} = %s WHERE id = %s", f"a{character}b", WorkshopFactory().pk)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ("checked_in_by_id = user_id", "signup_checked_in_by_somebody_at_a_time"),
        ("cancel_reason = 'No.'", "signup_cancel_reason_needs_cancelling"),
    ],
)
def test_a_signup_is_whole(columns: str, constraint: str) -> None:
    with refused(constraint):
        sql(f"UPDATE workshops_signup SET {columns} WHERE id = %s", take(WorkshopFactory()).pk)

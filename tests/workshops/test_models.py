"""SQL against every constraint and trigger: what the database refuses whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from kit.database.checks import run_check
from tests.factories import NOW, MarketFactory, WorkshopFactory
from tests.workshops.doors import helper, open_workshop, scan_of, send, somebody
from tests.workshops.places import fill, member_seller, take
from workshops import database_checks
from workshops.models import Signup, SignupAnswer, SignupQuestion, Workshop
from workshops.selectors import with_counts
from workshops.services import cancel_signup, cancel_workshop

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
        "state = 'waiting', seat_id = NULL",
        "state = 'cancelled', seat_id = NULL",
        "state = 'unknown', seat_id = NULL",
        "state = 'cancelled', seat_id = NULL, cancelled_at = now(), checked_in_at = now()",
        "state = 'waiting', seat_id = NULL, placed_at = NULL, checked_in_at = now()",
        "state = 'given_on', seat_id = NULL, checked_in_at = now()",
        "state = 'given_on', seat_id = NULL, placed_at = NULL",
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


PLACE = "UPDATE workshops_signup SET state = 'placed', placed_at = now(), seat_id = %s WHERE id = %s"
CANCEL = "UPDATE workshops_signup SET state = 'cancelled', cancelled_at = now(), seat_id = NULL WHERE id = %s"
FREE = "UPDATE workshops_seat SET state = 'free' WHERE id = %s"


def test_a_workshop_has_as_many_seats_as_its_capacity_and_a_draft_none() -> None:
    draft, published = WorkshopFactory(published_at=None, capacity=4), WorkshopFactory(capacity=4)
    assert [draft.seats.count(), published.seats.count()] == [0, 4]
    sql("UPDATE workshops_workshop SET capacity = 6")
    assert [draft.seats.count(), published.seats.count()] == [0, 6]
    sql("UPDATE workshops_workshop SET capacity = 2")
    assert [draft.seats.count(), published.seats.count()] == [0, 2]


@pytest.mark.parametrize(
    "attack",
    [
        "INSERT INTO workshops_seat (workshop_id, state) VALUES (%s, 'free')",
        "DELETE FROM workshops_seat WHERE workshop_id = %s",
    ],
)
def test_no_seat_comes_or_goes_without_the_capacity(attack: str) -> None:
    with refused("workshop_has_its_seats"):
        sql(attack, WorkshopFactory().pk)


def test_no_place_without_a_seat_of_its_own() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, waiting = fill(workshop, 2)
    with refused("signup_place_is_a_seat"):
        sql(PLACE, None, waiting.pk)
    with refused("workshops_signup_seat_id_key"):
        sql(PLACE, placed.seat_id, waiting.pk)
    with refused("signup_seat_is_of_its_workshop"):
        sql(PLACE, WorkshopFactory().seats.first().pk, waiting.pk)


def test_no_seat_for_who_has_no_place() -> None:
    signup = take(WorkshopFactory())
    with refused("signup_place_is_a_seat"):
        sql("UPDATE workshops_signup SET state = 'cancelled', cancelled_at = now() WHERE id = %s", signup.pk)


@pytest.mark.parametrize("state", ["free", "withheld"])
def test_no_place_on_a_seat_that_is_not_taken(state: str) -> None:
    signup = take(WorkshopFactory())
    with refused("seat_taken_is_a_signups"):
        sql("UPDATE workshops_seat SET state = %s WHERE id = %s", state, signup.seat_id)


def test_no_seat_taken_by_nobody() -> None:
    signup = take(WorkshopFactory())
    with refused("seat_taken_is_a_signups"):
        sql(CANCEL, signup.pk)
    with refused("seat_taken_is_a_signups"):
        sql("UPDATE workshops_seat SET state = 'taken' WHERE state = 'free'")


def test_a_seat_is_in_one_of_three_states() -> None:
    WorkshopFactory()
    with refused("seat_state_is_one"):
        sql("UPDATE workshops_seat SET state = 'broken'")


def test_no_capacity_below_the_places_given() -> None:
    workshop = WorkshopFactory(capacity=3)
    fill(workshop, 2)
    with refused("workshop_places_within_capacity"):
        sql("UPDATE workshops_workshop SET capacity = 1 WHERE id = %s", workshop.pk)


def test_no_free_place_while_somebody_waits() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, _ = fill(workshop, 2)
    with refused("workshop_no_free_place_while_waiting"):
        sql("UPDATE workshops_workshop SET capacity = 2 WHERE id = %s", workshop.pk)
    with refused("workshop_no_free_place_while_waiting"):
        sql(CANCEL, placed.pk)
        sql(FREE, placed.seat_id)


def test_no_waiting_place_while_one_is_free() -> None:
    workshop, seller = WorkshopFactory(), member_seller()
    with refused("workshop_no_free_place_while_waiting"):
        Signup.objects.create(
            workshop=workshop, seller=seller, user=seller.users.get(), state="waiting", check_in_code="CODE"
        )


def test_a_seat_that_stays_empty_is_not_free() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, _ = fill(workshop, 2)
    sql(CANCEL, placed.pk)
    sql("UPDATE workshops_seat SET state = 'withheld' WHERE id = %s", placed.seat_id)
    sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    with refused("workshop_no_free_place_while_waiting"):
        sql(FREE, placed.seat_id)


def test_nobody_jumps_the_queue() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, _, last = fill(workshop, 3)
    with refused("workshop_places_in_order"):
        sql(CANCEL, placed.pk)
        sql(PLACE, placed.seat_id, last.pk)


def test_nobody_who_comes_takes_a_place_before_who_waits() -> None:
    workshop, seller = WorkshopFactory(capacity=1), member_seller()
    placed, _ = fill(workshop, 2)
    with refused("workshop_places_in_order"):
        sql(CANCEL, placed.pk)
        Signup.objects.create(
            workshop=workshop,
            seller=seller,
            user=seller.users.get(),
            state="placed",
            seat_id=placed.seat_id,
            placed_at=NOW,
            check_in_code="CODE",
        )


def test_who_waits_before_the_others_is_served_first() -> None:
    workshop = WorkshopFactory(capacity=1)
    placed, second, third = fill(workshop, 3)
    sql("UPDATE workshops_signup SET turn = 1 WHERE id = %s", third.pk)
    with refused("workshop_places_in_order"):
        sql(CANCEL, placed.pk)
        sql(PLACE, placed.seat_id, second.pk)
    sql(CANCEL, placed.pk)
    sql(PLACE, placed.seat_id, third.pk)
    sql("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_turn_is_one_of_three() -> None:
    with refused("signup_turn_is_one"):
        sql("UPDATE workshops_signup SET turn = 4 WHERE id = %s", take(WorkshopFactory()).pk)


def test_no_more_places_than_a_seller_may_have() -> None:
    workshop, seller = WorkshopFactory(places_per_seller=2), member_seller()
    with refused("signup_within_places_per_seller"):
        sql("UPDATE workshops_seat SET state = 'taken' WHERE id = %s", workshop.seats.first().pk)
        Signup.objects.create(
            workshop=workshop,
            seller=seller,
            user=seller.users.get(),
            state="placed",
            seat=workshop.seats.first(),
            ordinal=3,
            placed_at=NOW,
            check_in_code="CODE",
        )


def test_what_is_cancelled_stays_so() -> None:
    signup = take(WorkshopFactory())
    cancel_signup(signup=signup, user=signup.user, now=NOW)
    with refused("signup_is_not_moved"):
        sql("UPDATE workshops_signup SET state = 'waiting', cancelled_at = NULL WHERE id = %s", signup.pk)


def test_a_cancelled_workshop_has_no_places() -> None:
    workshop = take(WorkshopFactory()).workshop
    with refused("workshop_cancelled_has_no_signups"):
        sql("UPDATE workshops_workshop SET cancelled_at = now(), cancel_reason = 'No.' WHERE id = %s", workshop.pk)


def test_nobody_signs_up_for_a_cancelled_workshop() -> None:
    workshop, seller = cancel_workshop(workshop=WorkshopFactory(), reason="No.", now=NOW), member_seller()
    sql("UPDATE workshops_seat SET state = 'withheld'")
    with refused("workshop_cancelled_has_no_signups"):
        Signup.objects.create(
            workshop=workshop, seller=seller, user=seller.users.get(), state="waiting", check_in_code="CODE"
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
    placed, second, third = fill(workshop, 3)
    sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    sql(CANCEL, placed.pk)
    sql(PLACE.replace("SET ", "SET by_hand = true, "), placed.seat_id, third.pk)
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
        ("attendance_reason = 'Was there.'", "signup_attendance_reason_is_of_who_was_there"),
        ("walked_in = true", "signup_walked_in_by_a_hosts_hand"),
    ],
)
def test_a_signup_is_whole(columns: str, constraint: str) -> None:
    with refused(constraint):
        sql(f"UPDATE workshops_signup SET {columns} WHERE id = %s", take(WorkshopFactory()).pk)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ("confirmed_at = now()", "signup_confirmed_in_time"),
        ("confirm_by = now(), confirmed_at = now()", "signup_confirmed_in_time"),
    ],
)
def test_a_place_is_confirmed_in_time(columns: str, constraint: str) -> None:
    with refused(constraint):
        sql(f"UPDATE workshops_signup SET {columns} WHERE id = %s", take(WorkshopFactory()).pk)


def test_nobody_confirms_a_waiting_place() -> None:
    _, waiting = fill(WorkshopFactory(capacity=1), 2)
    with refused("signup_confirms_a_place"):
        sql("UPDATE workshops_signup SET confirm_by = now() WHERE id = %s", waiting.pk)


@pytest.mark.parametrize(
    ("kind", "choices"), [("choice", []), ("multi", ["One"]), ("text", ["One", "Two"]), ("bool", ["Yes"]), ("x", [])]
)
def test_a_question_offers_choices_where_there_are_some(kind: str, choices: list[str]) -> None:
    with refused("signup_question_has_choices_where_it_offers_them"):
        SignupQuestion.objects.create(workshop=WorkshopFactory(), text="Which?", kind=kind, choices=choices)


def test_a_question_is_answered_once_and_with_something() -> None:
    signup = take(WorkshopFactory())
    question = SignupQuestion.objects.create(workshop=signup.workshop, text="What do you eat?")
    with refused("signup_answer_says_something"):
        SignupAnswer.objects.create(signup=signup, question=question, values=[])
    answer = SignupAnswer.objects.create(signup=signup, question=question, values=["Rice"])
    with refused("signup_answer_once"):
        SignupAnswer.objects.create(signup=signup, question=question, values=["Bread"])
    assert (str(question), str(answer)) == ("What do you eat?", "Rice")
    assert str(signup.seat) == f"Seat {signup.seat_id} of {signup.workshop}"


def test_audit_finds_places_that_got_past_the_rules() -> None:
    (check,) = database_checks.CHECKS
    workshop = WorkshopFactory(capacity=2)
    placed, _, waiting, last = fill(workshop, 4)
    sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    assert (run_check(check).looked_at, run_check(check).broken) == (1, 0)
    sql("SET LOCAL session_replication_role = replica")
    for attack, problem in (
        ("UPDATE workshops_workshop SET capacity = 5", f"workshop {workshop.pk} has a capacity of 5 and 2 seats"),
        ("UPDATE workshops_seat SET state = 'free'", f"workshop {workshop.pk} has 2 places given and 0 seats taken"),
        (f"{CANCEL % placed.pk}; {FREE % placed.seat_id}", f"workshop {workshop.pk} has 1 free places while 2 wait"),
        (
            f"{CANCEL % placed.pk}; {PLACE % (placed.seat_id, last.pk)}",
            f"workshop {workshop.pk} gave sign-up {last.pk} a place while {waiting.pk} waits",
        ),
        (
            "UPDATE workshops_workshop SET cancelled_at = now(), cancel_reason = 'No.'",
            f"workshop {workshop.pk} is cancelled and has sign-ups",
        ),
    ):
        sql("SAVEPOINT attack")
        sql(attack)
        assert run_check(check).problems == [problem]
        sql("ROLLBACK TO SAVEPOINT attack")


def test_nobody_is_checked_in_by_a_person_and_with_a_link_at_once() -> None:
    signup = somebody()
    link = helper(signup.workshop)
    with refused("signup_checked_in_by_somebody_at_a_time"):
        sql("UPDATE workshops_signup SET checked_in_with_id = %s WHERE id = %s", link.pk, signup.pk)
    with refused("signup_checked_in_by_somebody_at_a_time"):
        sql(
            "UPDATE workshops_signup SET checked_in_at = now(), checked_in_with_id = %s, checked_in_by_id = user_id",
            link.pk,
        )


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ("secret_hash = 'secret'", "door_link_secret_is_hashed"),
        (r"name = E'North\ndoor'", "door_link_name_is_a_line"),
        ("name = ' '", "door_link_name_can_be_seen"),
        ("revoked_at = made_at - interval '1 second'", "door_link_revoked_after_it_was_made"),
    ],
)
def test_door_link_constraints(columns: str, constraint: str) -> None:
    link = helper(open_workshop())
    with refused(constraint):
        sql(f"UPDATE workshops_doorlink SET {columns} WHERE id = %s", link.pk)


def test_a_name_is_of_one_door_link_in_use() -> None:
    first = helper(open_workshop())
    helper(first.workshop, "South door")
    with refused("door_link_name_once_in_use"):
        sql("UPDATE workshops_doorlink SET name = 'North door'")


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ("outcome = 'maybe'", "door_scan_outcome_is_one"),
        ("scanned_at = received_at + interval '1 second'", "door_scan_before_it_came"),
        ("person_id = (SELECT min(id) FROM accounts_user)", "door_scan_by_one_of_both"),
    ],
)
def test_door_scan_constraints(columns: str, constraint: str) -> None:
    signup = somebody()
    send(signup.workshop, scan_of(signup), by=helper(signup.workshop))
    with refused(constraint):
        sql(f"UPDATE workshops_doorscan SET {columns}")


def test_a_nonce_is_of_one_scan() -> None:
    workshop = open_workshop()
    send(workshop, scan_of(somebody(workshop)), scan_of(somebody(workshop)))
    with refused("door_scan_once"):
        sql("UPDATE workshops_doorscan SET nonce = (SELECT nonce FROM workshops_doorscan ORDER BY id LIMIT 1)")

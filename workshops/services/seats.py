"""Which seat is whose: taking a free one, and giving one back. The callers hold the workshop's places or share them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from ..models import Seat, Signup, Workshop

TAKE = """
UPDATE workshops_seat SET state = 'taken'
WHERE id = ANY(ARRAY(SELECT id FROM workshops_seat WHERE workshop_id = %s AND state = 'free' {} LIMIT %s FOR UPDATE {}))
RETURNING id
"""
TAKE_UNLOCKED_SEATS = "SAVEPOINT before_seats;" + TAKE.format("", "SKIP LOCKED")
TAKE_SEATS_ONCE_UNLOCKED = "ROLLBACK TO SAVEPOINT before_seats;" + TAKE.format("ORDER BY id", "")
"""Waits until who is about to take one has done so, or has not: then it is free again. In one order, for all wait."""


def take_seats(workshop: Workshop, *, count: int = 1) -> list[int]:
    """The ids of up to ``count`` seats that were free; fewer if all are taken, and not only about to be.

    Who shares the places calls it, so no seat becomes free meanwhile but those of sign-ups that come to nothing. Nobody
    who waits for a seat has one, nor the lock of one: two who each had one would wait for each other. The database
    keeps the lock of a seat that it passed by, as somebody else had just taken it. It keeps it until the savepoint is
    gone. The savepoint comes with the statement, in one way to the database, and ends with the transaction.
    """
    seats = _take(TAKE_UNLOCKED_SEATS, workshop, count)
    return seats if len(seats) == count else _take(TAKE_SEATS_ONCE_UNLOCKED, workshop, count)


def _take(statement: str, workshop: Workshop, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [workshop.pk, count])
        return sorted(pk for (pk,) in cursor.fetchall())


def seat(signups: Sequence[Signup], seats: Sequence[Seat]) -> None:
    """Note whose some seats are from now on. The caller saves the sign-ups."""
    for signup, one in zip(signups, seats, strict=True):
        signup.seat = one
    _set_state(seats, Seat.State.TAKEN)


def leave_seats(signups: Sequence[Signup], *, state: Seat.State = Seat.State.FREE) -> None:
    """Give back the seats that some sign-ups have. The caller saves the sign-ups."""
    seats = list(Seat.objects.filter(signup__in=signups))
    for signup in signups:
        signup.seat = None
    _set_state(seats, state)


def _set_state(seats: Sequence[Seat], state: Seat.State) -> None:
    Seat.objects.filter(pk__in=[one.pk for one in seats]).update(state=state)

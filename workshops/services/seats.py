"""Which seat is whose: taking a free one, and giving one back. The callers hold the workshop's places or share them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from ..models import Seat, Signup, Workshop

TAKE = """
UPDATE workshops_seat SET state = 'taken'
WHERE id = (SELECT id FROM workshops_seat WHERE workshop_id = %s AND state = 'free' LIMIT 1 FOR UPDATE {})
RETURNING id
"""
TAKE_ONE_THAT_NOBODY_TAKES = TAKE.format("SKIP LOCKED")
TAKE_ONE_THAT_NOBODY_GETS = TAKE.format("")
"""Waits until who is about to take it has done so, or has not: then it is free again."""


def take_seat(workshop: Workshop) -> int | None:
    """The id of a seat that was free, ``None`` if all are taken, and not only about to be.

    Who shares the places calls it, so no seat becomes free meanwhile but those of sign-ups that come to nothing.
    """
    with connection.cursor() as cursor:
        for statement in (TAKE_ONE_THAT_NOBODY_TAKES, TAKE_ONE_THAT_NOBODY_GETS):
            cursor.execute(statement, [workshop.pk])
            if row := cursor.fetchone():
                return int(row[0])
    return None


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

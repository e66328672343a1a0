"""Signing up: who may, which seats and which turn they get, and what they answer."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count, zip_longest
from uuid import UUID

from django.db import connection, transaction

from accounts.models import User
from audit.services import record
from kit.database.clocks import check_clock
from kit.database.prepared_reads import PreparedRead, id_parameter, read_prepared
from kit.database.prepared_saves import PreparedInsert
from sellers.models import Seller
from sellers.rules import Right
from sellers.services import keep_books_open, lock_seller, refuse_without_right

from .. import messages, rules, selectors, signup_wording
from ..models import Signup, SignupAnswer, Workshop
from .locking import share_places
from .refusals import ClosedForSignups, MayNotCome, NotEnoughPlaces, refuse_without_reason
from .seats import take_seats
from .seller_messages import record_places, tell

Answers = Mapping[int, Sequence[str]]
"""What somebody answered, by the id of the question."""


def sign_up(*, workshop: Workshop, seller: Seller, user: User, now: datetime, key: UUID | None = None) -> Signup:
    """Give a seller a place, or a waiting place when all are taken, as ``sign_up_people`` does."""
    return sign_up_people(workshop=workshop, seller=seller, user=user, now=now, key=key)[-1]


@transaction.atomic
def sign_up_people(
    *,
    workshop: Workshop,
    seller: Seller,
    user: User,
    now: datetime,
    names: Sequence[str] = ("",),
    key: UUID | None = None,
    together: bool = False,
    answers: Sequence[Answers] = (),
) -> list[Signup]:
    """Give each of these people of a seller a place, or a waiting place when all are taken. ``user`` is who asked.

    Sign-ups do not wait for each other. With the ``key`` of a form that was sent before, what it led to is given as it
    is; without one, a seller that has a place keeps it and gets no other. ``together`` gives all of them places or
    none. The ``answers`` are those of each, in the order of ``names``. The seller is told of its places a moment later
    (``tell_of_own_places``). Raises ``ClosedForSignups``, ``MayNotCome`` or ``NotEnoughPlaces``.
    """
    seller = lock_seller(seller_id=seller.pk)
    refuse_without_right(person=user, seller=seller, right=Right.WORKSHOP)
    share_places(workshop_id=workshop.pk)
    workshop, own = _workshop_and_own(workshop, seller)
    if same := _same(own, workshop, key=key):
        return same
    refuse_who_may_not_come(workshop, seller, now=now)
    signups = _new_signups(workshop, seller, user, own=own, names=names, key=key, now=now, to_tell=True)
    if together and len({signup.state for signup in signups}) > 1:
        raise NotEnoughPlaces(signup_wording.fewer_places_are_free(signups), field="together")
    keep_answers(zip(signups, answers, strict=bool(answers)))
    return signups


def sent_before(own: Sequence[Signup], *, key: UUID | None) -> list[Signup]:
    """What a form that was sent before led to."""
    return [one for one in own if key and one.request_key == key]


def _workshop_and_own(workshop: Workshop, seller: Seller) -> tuple[Workshop, list[Signup]]:
    """A workshop without its texts, and the sign-ups that a seller has had for it (1 query)."""
    (found,), own = read_prepared(_workshop, _own, workshop=workshop.pk, seller=seller.pk)
    for signup in own:
        signup.workshop, signup.seller = found, seller
    return found, own


_workshop = PreparedRead(
    lambda: Workshop.objects.defer(*selectors.TEXTS, "material").filter(pk=id_parameter("workshop"))
)
_own = PreparedRead(lambda: Signup.objects.filter(workshop=id_parameter("workshop"), seller=id_parameter("seller")))


def _same(own: Sequence[Signup], workshop: Workshop, *, key: UUID | None) -> list[Signup]:
    """What a form that was sent before led to; without a key, or where there is no other place, what the seller has."""
    if same := sent_before(own, key=key):
        return same
    active = sorted((one for one in own if one.state != Signup.State.CANCELLED), key=lambda one: one.ordinal)
    return active if active and (key is None or len(active) >= workshop.places_per_seller) else []


def refuse_who_may_not_come(workshop: Workshop, seller: Seller, *, now: datetime) -> None:
    """Raise ``ClosedForSignups`` or ``MayNotCome`` if this seller cannot sign up now."""
    refuse_what_is_closed(workshop, now=now)
    refuse_seller(workshop, seller, now=now)


def refuse_seller(workshop: Workshop, seller: Seller, *, now: datetime) -> None:
    """Raise ``MayNotCome`` if a workshop's places are not for this seller now."""
    if (problem := selectors.why_not_sellers(workshop, [seller], now=now)[seller.pk]) is not None:
        raise MayNotCome(signup_wording.why_not(problem, workshop=workshop, seller=seller))


def refuse_what_is_closed(workshop: Workshop, *, now: datetime) -> None:
    """Raise ``ClosedForSignups`` if nobody can sign up now."""
    if (problem := selectors.why_not_open(workshop, now=now)) is not None:
        raise ClosedForSignups(signup_wording.why_not(problem, workshop=workshop))


def _new_signups(
    workshop: Workshop,
    seller: Seller,
    user: User,
    *,
    own: Sequence[Signup],
    names: Sequence[str],
    key: UUID | None,
    now: datetime,
    to_tell: bool,
) -> list[Signup]:
    taken = {signup.ordinal for signup in own if signup.state != Signup.State.CANCELLED}
    if (room := workshop.places_per_seller - len(taken)) < len(names):
        raise NotEnoughPlaces(signup_wording.places_per_seller(room), field="names")
    signups = []
    for name in names:
        signups.append(new_signup(workshop, seller, user, taken=taken, name=name, key=key, now=now))
        taken.add(signups[-1].ordinal)
    seats = take_seats(workshop, count=len(signups))
    for signup, seat_id in zip_longest(signups, seats):
        signup.to_tell = to_tell and seat_id is not None
        _place(signup, seat_id, now=now)
    record_places([signup for signup in signups if signup.seat_id], now=now)
    return signups


def new_signup(
    workshop: Workshop,
    seller: Seller,
    user: User,
    *,
    taken: set[int],
    name: str,
    now: datetime,
    key: UUID | None = None,
) -> Signup:
    """A sign-up that is not stored yet, with a code and the first number that the seller has free."""
    return Signup(
        workshop=workshop,
        seller=seller,
        user=user,
        request_key=key,
        attendee=name,
        ordinal=next(number for number in count(1) if number not in taken),
        signed_up_at=now,
        check_in_code=next(_unused_codes()),
    )


def _place(signup: Signup, seat_id: int | None, *, now: datetime) -> None:
    """A seat if there is one, else a turn on the waiting list."""
    signup.seat_id = seat_id
    if seat_id:
        signup.state, signup.placed_at = Signup.State.PLACED, now
    else:
        turn = selectors.turn_of(signup.workshop, signup.seller, as_of=now)
        signup.state, signup.turn = Signup.State.WAITING, turn
    _stored.save(signup)


_stored = PreparedInsert(Signup)

IS_USED = "SELECT EXISTS (SELECT FROM workshops_signup WHERE check_in_code = %s)"


def _unused_codes() -> Iterator[str]:
    while True:
        code = "".join(secrets.choice(rules.CODE_ALPHABET) for _ in range(rules.CODE_LENGTH))
        with connection.cursor() as cursor:
            cursor.execute(IS_USED, [code])
            if cursor.fetchone() == (False,):
                yield code


def keep_answers(answered: Iterable[tuple[Signup, Answers]]) -> None:
    SignupAnswer.objects.bulk_create(
        SignupAnswer(signup=signup, question_id=question, values=list(values))
        for signup, answers in answered
        for question, values in answers.items()
        if values
    )


def delete_sensitive_answers(*, now: datetime) -> int:
    """Delete the answers to sensitive questions of workshops that ended ``SENSITIVE_DAYS`` ago; how many.

    Raises ``ClockAhead`` where everything would look old.
    """
    check_clock(now=now)
    until = now - timedelta(days=rules.SENSITIVE_DAYS)
    old = SignupAnswer.objects.filter(question__sensitive=True, signup__workshop__ends_at__lte=until)
    return old.delete()[0]


@transaction.atomic
def sign_up_for_seller(
    *,
    workshop: Workshop,
    seller: Seller,
    attendee: str,
    reason: str,
    now: datetime,
    signed_up_by: User,
    key: UUID | None = None,
    answers: Answers | None = None,
) -> Signup:
    """Sign a seller up who asked a host to; the seller is told why. The ``key`` is as in ``sign_up_people``.

    What the ``answers`` leave open the seller is asked to answer. Raises what ``sign_up_people`` raises, and
    ``Refused`` without a reason.
    """
    keep_books_open(market_ids=[seller.market_id])
    seller = lock_seller(seller_id=seller.pk)
    share_places(workshop_id=workshop.pk)
    workshop = Workshop.objects.get(pk=workshop.pk)
    reason = refuse_without_reason(reason)
    own = list(workshop.signups.filter(seller=seller))
    if same := sent_before(own, key=key):
        return same[0]
    refuse_who_may_not_come(workshop, seller, now=now)
    (signup,) = _new_signups(workshop, seller, signed_up_by, own=own, names=[attendee], key=key, now=now, to_tell=False)
    keep_answers([(signup, answers or {})])
    record(by=signed_up_by, action="sign_up", about=signup, note=reason, now=now)
    asked = selectors.open_questions(signup).count()
    told = messages.signed_up_by_host(signup, workshop, reason=reason, asked=asked, now=now)
    tell([signup], [told], now=now)
    return signup

"""Places and waiting places: who gets one, gives it back, or is given or loses it by a host."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from itertools import count

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor, record
from audit.snapshots import snapshot
from sellers.models import Seller
from sellers.rules import Right
from sellers.services import lock_seller, refuse_without_right

from .. import messages, rules, wording
from ..models import Signup, Workshop
from .seats import leave_seats, seat, take_seat
from .shared import (
    CapacityTooLow,
    ClosedForSignups,
    NotSignedUpToSell,
    TooLate,
    WrongState,
    lock_workshop_to_tell,
    refuse_without_reason,
    reload_signup,
    share_places,
    tell,
)


@transaction.atomic
def sign_up(
    *, workshop: Workshop, seller: Seller, user: User, now: datetime, nth: int | None = None, another: bool = True
) -> Signup:
    """Give a seller a place, or a waiting place when all are taken. ``user`` is who asked for it.

    A seller that has its number of places already gets the sign-up it has: asking twice changes nothing. ``nth`` makes
    a request that may be repeated take one place where a seller may have several: it says which of the seller's
    sign-ups for this workshop, cancelled ones included, is asked for; one that exists is given as it is. Without
    ``another`` a seller that has a place gets no second one.

    Sign-ups do not wait for each other. Raises ``ClosedForSignups`` or ``NotSignedUpToSell``.
    """
    seller = lock_seller(seller_id=seller.pk)
    refuse_without_right(person=user, seller=seller, right=Right.WORKSHOP)
    share_places(workshop_id=workshop.pk)
    workshop = Workshop.objects.get(pk=workshop.pk)
    _refuse_unless_open(workshop, now=now)
    if not seller.signed_up_to_sell:
        raise NotSignedUpToSell(wording.not_signed_up_to_sell_yet(seller))
    all_own = list(workshop.signups.filter(seller=seller))
    if nth is not None and nth <= len(all_own):
        return all_own[nth - 1]
    own = sorted((one for one in all_own if one.state != Signup.State.CANCELLED), key=lambda one: one.ordinal)
    if own and (not another or len(own) >= workshop.places_per_seller):
        return own[-1]
    taken = {signup.ordinal for signup in own}
    ordinal = next(number for number in count(1) if number not in taken)
    return _new_signup(workshop=workshop, seller=seller, user=user, ordinal=ordinal, now=now)


def _new_signup(*, workshop: Workshop, seller: Seller, user: User, ordinal: int, now: datetime) -> Signup:
    seat_id = take_seat(workshop)
    return Signup.objects.create(
        workshop=workshop,
        seller=seller,
        user=user,
        state=Signup.State.PLACED if seat_id else Signup.State.WAITING,
        seat_id=seat_id,
        ordinal=ordinal,
        signed_up_at=now,
        placed_at=now if seat_id else None,
        check_in_code=_new_code(),
    )


def _refuse_unless_open(workshop: Workshop, *, now: datetime) -> None:
    if workshop.published_at is None:
        raise ClosedForSignups(_("This workshop is not published yet; come back when it is listed."))
    if workshop.cancelled_at is not None:
        raise ClosedForSignups(wording.cancelled_look_at_others(workshop))
    if workshop.starts_at <= now:
        said = _("This workshop has started and takes no sign-ups any more. Have a look at the others.")
        raise ClosedForSignups(said)


def _new_code() -> str:
    codes = iter(lambda: "".join(secrets.choice(rules.CODE_ALPHABET) for _ in range(rules.CODE_LENGTH)), "")
    return next(code for code in codes if not Signup.objects.filter(check_in_code=code).exists())


@transaction.atomic
def cancel_signup(*, signup: Signup, user: User, now: datetime) -> Signup:
    """Give a place or a waiting place back; a place goes at once to the first who waits, with a message.

    Cancelling twice changes nothing. Raises ``TooLate`` once the workshop started or the seller was checked in.
    """
    refuse_without_right(person=user, seller=signup.seller, right=Right.WORKSHOP)
    workshop = lock_workshop_to_tell(workshop_id=signup.workshop_id)
    signup = Signup.objects.get(pk=signup.pk)
    if signup.state == Signup.State.CANCELLED:
        return signup
    if signup.checked_in_at is not None:
        raise TooLate(_("You are checked in already, so this place cannot be cancelled any more."))
    if workshop.starts_at <= now:
        raise TooLate(_("This workshop has started, so this place cannot be cancelled any more."))
    _cancel([signup], now=now)
    promote(workshop, now=now)
    return signup


def _cancel(signups: Sequence[Signup], *, now: datetime, reason: str = "") -> None:
    leave_seats(signups)
    for signup in signups:
        signup.state, signup.cancelled_at, signup.cancel_reason = Signup.State.CANCELLED, now, reason
    Signup.objects.bulk_update(signups, ["state", "seat", "cancelled_at", "cancel_reason"])


@transaction.atomic
def cancel_signup_for_seller(*, signup: Signup, reason: str, now: datetime, cancelled_by: Actor) -> Signup:
    """Take a place or a waiting place from a seller, who is told why; a place goes at once to the first who waits.

    Raises ``TooLate`` once it is cancelled or checked in or the workshop started, ``Refused`` without a reason.
    """
    workshop = lock_workshop_to_tell(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    reason = refuse_without_reason(reason)
    if signup.state == Signup.State.CANCELLED:
        raise TooLate(_("This place is cancelled already."))
    if signup.checked_in_at is not None:
        raise TooLate(_("The seller is checked in; take the check-in back first."))
    if workshop.starts_at <= now:
        raise TooLate(_("This workshop has started. Correct who was there instead."))
    before, had_place = snapshot(signup), signup.state == Signup.State.PLACED
    _cancel([signup], now=now, reason=reason)
    record(by=cancelled_by, action="cancel", about=signup, note=reason, before=before, now=now)
    tell([signup], [messages.place_cancelled_by_host(signup, workshop, had_place=had_place)], now=now)
    promote(workshop, now=now)
    return signup


@transaction.atomic
def give_place(*, signup: Signup, reason: str, now: datetime, given_by: Actor) -> Signup:
    """Give a place to somebody who waits, whoever stands before, and tell the seller why.

    All places are taken while somebody waits, so the workshop gets one more. Raises ``WrongState`` if the sign-up does
    not wait, ``NotSignedUpToSell``, ``TooLate`` once the workshop ended, ``Refused`` without a reason.
    """
    workshop = lock_workshop_to_tell(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    reason = refuse_without_reason(reason)
    if signup.state != Signup.State.WAITING:
        raise WrongState(_("Only who waits can be given a place; this sign-up does not wait."))
    if workshop.ends_at <= now:
        raise TooLate(_("This workshop has ended."))
    if not signup.seller.signed_up_to_sell:
        raise NotSignedUpToSell(wording.no_longer_signed_up_to_sell(signup))
    before, stored = snapshot(signup), snapshot(workshop)
    workshop.capacity += 1
    workshop.save(update_fields=["capacity"])
    seat([signup], list(workshop.seats.free()[:1]))
    signup.state, signup.placed_at, signup.by_hand = Signup.State.PLACED, now, True
    signup.save(update_fields=["state", "seat", "placed_at", "by_hand"])
    record(by=given_by, action="give_place", about=signup, note=reason, before=before, now=now)
    record(by=given_by, action="give_place", about=workshop, note=reason, before=stored, now=now)
    tell([signup], [messages.place_given(signup, workshop, reason=reason)], now=now)
    return signup


@transaction.atomic
def change_capacity(*, workshop: Workshop, capacity: int, now: datetime, changed_by: Actor = None) -> Workshop:
    """Change how many places there are. New ones go to those who wait, in order, each with a message.

    Raises ``CapacityTooLow`` below the places given (or below one), ``TooLate`` once the workshop started.
    """
    workshop = lock_workshop_to_tell(workshop_id=workshop.pk)
    if capacity == workshop.capacity:
        return workshop
    if workshop.starts_at <= now and workshop.published_at is not None:
        raise TooLate(_("The workshop has started; its capacity stays as it is."), field="capacity")
    given = workshop.signups.placed().count()
    if capacity < max(given, 1):
        raise CapacityTooLow(wording.capacity_too_low(given), field="capacity")
    before = snapshot(workshop)
    workshop.capacity = capacity
    workshop.save(update_fields=["capacity"])
    record(by=changed_by, action="change_capacity", about=workshop, before=before, now=now)
    promote(workshop, now=now)
    return workshop


def promote(workshop: Workshop, *, now: datetime) -> None:
    """Give free places to those who wait, in order. The caller holds the workshop's lock.

    Whoever is not signed up to sell any more is passed over and waits no longer: no place is free while somebody
    waits.
    """
    free = list(workshop.seats.free())
    promoted: list[Signup] = []
    passed_over: list[Signup] = []
    for signup in workshop.signups.waiting().select_related("seller__market", "workshop") if free else []:
        if len(promoted) == len(free):
            break
        (promoted if signup.seller.signed_up_to_sell else passed_over).append(signup)
    seat(promoted, free[: len(promoted)])
    for signup in promoted:
        signup.state, signup.placed_at = Signup.State.PLACED, now
    Signup.objects.bulk_update(promoted, ["state", "seat", "placed_at"])
    _cancel(passed_over, now=now, reason="This account is not signed up to sell.")
    drafts = [messages.place_became_free(signup, workshop) for signup in promoted]
    drafts += [messages.not_signed_up_to_sell(signup, workshop) for signup in passed_over]
    tell([*promoted, *passed_over], drafts, now=now)

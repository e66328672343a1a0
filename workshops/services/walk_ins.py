"""Letting people in who have no place: who waits, who came late, and who walks in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from sellers.models import Seller
from sellers.services import lock_seller, refuse_own_seller

from .. import door_wording, trail_notes
from ..models import Seat, Signup, Workshop
from .attendance import arrive, refuse_before_check_in
from .locking import lock_workshop, reload_signup
from .refusals import CheckInRefused, ClosedForSignups, NotEnoughPlaces
from .seller_messages import record_places
from .signing_up import new_signup, refuse_seller, sent_before


@transaction.atomic
def let_in(*, signup: Signup, now: datetime, let_in_by: User) -> Signup:
    """Give a place at the door to somebody who waits, or whose place another got, and check them in.

    A place that nobody has comes first; from the start on, one of those who have not come. Raises ``CheckInRefused``,
    ``MayNotCome`` or ``NotEnoughPlaces``, and ``Refused`` where a member of the seller would give it a place.
    """
    workshop = lock_workshop(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    if signup.state == Signup.State.CANCELLED:
        raise CheckInRefused(door_wording.no_place(signup, workshop))
    if signup.state != Signup.State.PLACED:
        refuse_own_seller(person=let_in_by, seller=signup.seller)
        _refuse_unless_open(workshop, now=now)
        refuse_seller(workshop, signup.seller, now=now)
        before = snapshot(signup)
        signup.seat = _seat_at_the_door(workshop, by=let_in_by, now=now)
        signup.state, signup.placed_at, signup.by_hand = Signup.State.PLACED, now, True
        signup.save(update_fields=["state", "seat", "placed_at", "by_hand"])
        record(
            by=let_in_by, action="let_in", about=signup, note=trail_notes.let_in_at_the_door(), before=before, now=now
        )
        record_places([signup], now=now)
    arrive(signup, workshop, at=now, by=let_in_by, now=now)
    return signup


@transaction.atomic
def walk_in(
    *, workshop: Workshop, seller: Seller, attendee: str, now: datetime, let_in_by: User, key: UUID | None = None
) -> Signup:
    """Sign somebody up at the door who had not, with a place, and check them in.

    With the ``key`` of a form that was sent before, who came in by it is given as they are.

    Raises ``CheckInRefused`` or ``ClosedForSignups`` outside the hours of the door, or if the seller stands on the
    list. Raises ``MayNotCome`` or ``NotEnoughPlaces``, and ``Refused`` where a member of the seller would give it a
    place.
    """
    seller = lock_seller(seller_id=seller.pk)
    workshop = lock_workshop(workshop_id=workshop.pk)
    _refuse_unless_open(workshop, now=now)
    refuse_seller(workshop, seller, now=now)
    own = list(workshop.signups.active().filter(seller=seller))
    if same := sent_before(own, key=key):
        return same[0]
    refuse_own_seller(person=let_in_by, seller=seller)
    if any(signup.checked_in_at is None for signup in own):
        raise CheckInRefused(door_wording.is_on_the_list(seller), field="seller")
    if len(own) >= workshop.places_per_seller:
        raise NotEnoughPlaces(door_wording.all_of_the_seller_are_here(seller, len(own)), field="seller")
    taken = {one.ordinal for one in own}
    signup = new_signup(workshop, seller, let_in_by, taken=taken, name=attendee, key=key, now=now)
    signup.seat = _seat_at_the_door(workshop, by=let_in_by, now=now)
    signup.state, signup.placed_at, signup.by_hand, signup.walked_in = Signup.State.PLACED, now, True, True
    signup.save(force_insert=True)
    record(by=let_in_by, action="let_in", about=signup, note=trail_notes.walked_in(), now=now)
    record_places([signup], now=now)
    arrive(signup, workshop, at=now, by=let_in_by, now=now)
    return signup


def _refuse_unless_open(workshop: Workshop, *, now: datetime) -> None:
    refuse_before_check_in(workshop, at=now)
    if not workshop.is_on or workshop.ends_at <= now:
        raise ClosedForSignups(_("This workshop is over or was cancelled, so nobody is let in any more."))


def _seat_at_the_door(workshop: Workshop, *, by: User, now: datetime) -> Seat:
    """A seat that nobody has, or from the start on that of whoever got theirs last and has not come."""
    if one := workshop.seats.left().first():
        one.state = Seat.State.TAKEN
        one.save(update_fields=["state"])
        return one
    if now < workshop.starts_at:
        raise NotEnoughPlaces(door_wording.full_until_start(workshop))
    absent = workshop.signups.placed().filter(checked_in_at=None).select_related("seat", "seller")
    gone = absent.order_by("-placed_at", "-id").first()
    if gone is None or gone.seat is None:
        raise NotEnoughPlaces(_("All places are taken by people who are here."))
    return _give_on(gone, gone.seat, by=by, now=now)


def _give_on(signup: Signup, seat: Seat, *, by: User, now: datetime) -> Seat:
    before = snapshot(signup)
    signup.state, signup.seat = Signup.State.GIVEN_ON, None
    signup.save(update_fields=["state", "seat"])
    record(by=by, action="give_on", about=signup, note=trail_notes.given_on(), before=before, now=now)
    return seat

"""Places and waiting places: giving one back, confirming one, and what hosts give and take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import cast

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor, record
from audit.snapshots import snapshot
from kit.jobs.failures import do_each
from kit.outcomes import WrongState
from sellers.rules import Right
from sellers.services import refuse_own_seller, refuse_without_right

from .. import messages, rules, selectors, signup_wording, wording
from ..models import Seat, Signup, Workshop
from .locking import lock_workshop, lock_workshop_to_tell, reload_signup
from .refusals import CapacityTooLow, TooLate, refuse_without_reason
from .seats import leave_seats, seat
from .seller_messages import record_places, tell
from .signing_up import refuse_seller


@transaction.atomic
def cancel_signup(*, signup: Signup, user: User, now: datetime) -> Signup:
    """Give a place or a waiting place back; a place goes at once to the first who waits, with a message.

    After the workshop's cut-off it stays empty if somebody waits. Cancelling twice changes nothing. The seller is told
    a moment later (``tell_of_own_places``). Raises ``TooLate`` once the workshop started or it was checked in.
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
    signup.to_tell = signup.state == Signup.State.PLACED and not signup.to_tell  # what was not told is not taken back
    _free_places([signup], workshop, now=now)
    return signup


@transaction.atomic
def confirm_signup(*, signup: Signup, user: User, now: datetime) -> Signup:
    """Confirm a place from the waiting list; confirming it twice changes nothing.

    Raises ``TooLate`` if the time for it is over, or ``WrongState`` if there is nothing to confirm.
    """
    refuse_without_right(person=user, seller=signup.seller, right=Right.WORKSHOP)
    lock_workshop(workshop_id=signup.workshop_id)
    signup = Signup.objects.select_related("workshop").get(pk=signup.pk)
    if signup.lapsed or (signup.awaits_confirmation and cast("datetime", signup.confirm_by) <= now):
        raise TooLate(_("The time to confirm this place is over. You can sign up again on the workshop's page."))
    if signup.state != Signup.State.PLACED or signup.confirm_by is None:
        raise WrongState(_("This place does not have to be confirmed."))
    if signup.confirmed_at is None:
        signup.confirmed_at = now
        signup.save(update_fields=["confirmed_at"])
    return signup


def pass_on_unconfirmed_places(*, now: datetime) -> int:
    """Take places back that nobody confirmed in time, and give them to the next; each workshop in a transaction.

    What goes wrong in one is logged and tried again by the next call.
    """
    overdue = Signup.objects.to_confirm().filter(confirm_by__lte=now, workshop__starts_at__gt=now)
    workshops = overdue.order_by("workshop_id").values_list("workshop_id", flat=True).distinct()
    return do_each(workshops, lambda pk: _pass_on_unconfirmed(pk, now=now), what="Passing on places of workshop")


@transaction.atomic
def _pass_on_unconfirmed(workshop_id: int, *, now: datetime) -> int:
    workshop = lock_workshop_to_tell(workshop_id=workshop_id)
    overdue = workshop.signups.to_confirm().filter(confirm_by__lte=now).select_related("seller__market", "workshop")
    lapsed = list(overdue) if workshop.starts_at > now else []
    _free_places(lapsed, workshop, now=now)
    tell(lapsed, [messages.place_lapsed(signup, workshop) for signup in lapsed], now=now)
    return len(lapsed)


def _free_places(signups: Sequence[Signup], workshop: Workshop, *, now: datetime, reason: str = "") -> None:
    """Cancel sign-ups of a locked workshop. Their places go to those who wait, or after its cut-off stay empty."""
    passed_on = rules.passes_on(workshop.starts_at, hours=workshop.pass_on_hours, now=now)
    stays_empty = not passed_on and workshop.signups.waiting().exists()
    _cancel(signups, now=now, reason=reason, seats=Seat.State.WITHHELD if stays_empty else Seat.State.FREE)
    promote(workshop, now=now)


def _cancel(signups: Sequence[Signup], *, now: datetime, reason: str = "", seats: Seat.State = Seat.State.FREE) -> None:
    leave_seats(signups, state=seats)
    for signup in signups:
        signup.state, signup.cancelled_at, signup.cancel_reason = Signup.State.CANCELLED, now, reason
    Signup.objects.bulk_update(signups, ["state", "seat", "cancelled_at", "cancel_reason", "to_tell"])


@transaction.atomic
def cancel_signup_for_seller(*, signup: Signup, reason: str, now: datetime, cancelled_by: Actor) -> Signup:
    """Take a place or a waiting place from a seller, who is told why; a place goes at once to the first who waits.

    Raises ``TooLate`` once it is cancelled or checked in or the workshop started. Raises ``Refused`` without a reason
    and for a member of the seller.
    """
    workshop = lock_workshop_to_tell(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    refuse_own_seller(person=cancelled_by, seller=signup.seller)
    refuse_cancelling_signup(signup, now=now)
    reason = refuse_without_reason(reason)
    before, had_place = snapshot(signup), signup.state == Signup.State.PLACED
    signup.to_tell = False
    _free_places([signup], workshop, now=now, reason=reason)
    record(by=cancelled_by, action="cancel", about=signup, note=reason, before=before, now=now)
    tell([signup], [messages.place_cancelled_by_host(signup, workshop, had_place=had_place)], now=now)
    return signup


def refuse_cancelling_signup(signup: Signup, *, now: datetime) -> None:
    if signup.state == Signup.State.CANCELLED:
        raise TooLate(_("This place is cancelled already."))
    if signup.checked_in_at is not None:
        raise TooLate(_("The seller is checked in; take the check-in back first."))
    if signup.workshop.starts_at <= now:
        raise TooLate(_("This workshop has started. Correct who was there instead."))


@transaction.atomic
def give_place(*, signup: Signup, reason: str, now: datetime, given_by: Actor) -> Signup:
    """Give a place to somebody who waits, whoever stands before, and tell the seller why.

    All places are taken while somebody waits, so the workshop gets one more, unless one stays empty. Raises
    ``WrongState`` if the sign-up does not wait, ``MayNotCome``, or ``TooLate`` once the workshop ended. Raises
    ``Refused`` without a reason and for a member of the seller.
    """
    workshop = lock_workshop_to_tell(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    refuse_own_seller(person=given_by, seller=signup.seller)
    refuse_giving_place(signup, now=now)
    reason = refuse_without_reason(reason)
    before, stored = snapshot(signup), snapshot(workshop)
    if not workshop.seats.withheld().exists():
        workshop.capacity += 1
        workshop.save(update_fields=["capacity"])
    seat([signup], list(workshop.seats.left()[:1]))
    signup.state, signup.placed_at, signup.by_hand = Signup.State.PLACED, now, True
    signup.save(update_fields=["state", "seat", "placed_at", "by_hand"])
    record(by=given_by, action="give_place", about=signup, note=reason, before=before, now=now)
    if snapshot(workshop) != stored:
        record(by=given_by, action="give_place", about=workshop, note=reason, before=stored, now=now)
    record_places([signup], now=now)
    tell([signup], [messages.place_given(signup, workshop, reason=reason)], now=now)
    return signup


def refuse_giving_place(signup: Signup, *, now: datetime) -> None:
    if signup.state != Signup.State.WAITING:
        raise WrongState(_("Only who waits can be given a place; this sign-up does not wait."))
    if signup.workshop.ends_at <= now:
        raise TooLate(_("This workshop has ended."))
    refuse_seller(signup.workshop, signup.seller, now=now)


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

    Whoever could not sign up any more is passed over and waits no longer: no place is free while somebody waits.
    """
    free = list(workshop.seats.free())
    promoted, passed_over = _next_in_line(workshop, len(free), now=now)
    seat(promoted, free[: len(promoted)])
    for signup in promoted:
        signup.state, signup.placed_at = Signup.State.PLACED, now
        signup.confirm_by = rules.confirm_by(now, workshop.starts_at, hours=workshop.confirm_hours)
    Signup.objects.bulk_update(promoted, ["state", "seat", "placed_at", "confirm_by"])
    for problem, group in groupby(passed_over, key=lambda pair: pair[1]):
        _cancel([signup for signup, _ in group], now=now, reason=signup_wording.PASSED_OVER[problem])
    record_places(promoted, now=now)
    drafts = [messages.place_became_free(signup, workshop, now=now) for signup in promoted]
    drafts += [messages.passed_over(signup, workshop, why=problem) for signup, problem in passed_over]
    tell([*promoted, *(signup for signup, _ in passed_over)], drafts, now=now)


def _next_in_line(
    workshop: Workshop, count: int, *, now: datetime
) -> tuple[list[Signup], list[tuple[Signup, rules.SignupProblem]]]:
    """The first ``count`` who wait and may come; and who of those before them may not, with why."""
    waiting = workshop.signups.waiting().select_related("seller__market", "workshop")
    promoted: list[Signup] = []
    passed_over: list[tuple[Signup, rules.SignupProblem]] = []
    while (missing := count - len(promoted)) and (
        some := list(waiting[(seen := len(promoted) + len(passed_over)) : seen + missing])
    ):
        why_not = selectors.why_not_sellers(workshop, [signup.seller for signup in some], now=now)
        for signup in some:
            if (problem := why_not[signup.seller_id]) is None:
                promoted.append(signup)
            else:
                passed_over.append((signup, problem))
    return promoted, passed_over

"""Who came: checking in at the door, taking a slip back, and correcting it afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.notes import Note
from audit.services import Actor, record
from audit.snapshots import snapshot
from sellers.services import refuse_own_seller

from .. import door_wording, messages, rules, trail_notes
from ..models import DoorLink, Signup, Workshop
from .locking import lock_workshop, lock_workshop_to_tell, reload_signup
from .refusals import CheckInRefused, refuse_without_reason
from .seller_messages import tell

Doorkeeper = User | DoorLink | None
"""Who stands at the door: somebody of the staff, or a helper with a link."""

ATTENDANCE_FIELDS = ["checked_in_at", "checked_in_by", "checked_in_with", "attendance_reason"]
"""The fields that say that somebody was there."""


def actor_of(by: Doorkeeper) -> Actor:
    """How the audit trail calls who stands at the door."""
    return door_wording.actor_of_link(by) if isinstance(by, DoorLink) else by


@transaction.atomic
def check_in(*, workshop: Workshop, code: str, now: datetime, checked_in_by: Doorkeeper = None) -> Signup:
    """Note that the seller with this code has come. Doing it twice keeps the first time and who noted it then.

    Raises ``CheckInRefused`` before check-in opens (two hours before the start) and after the end. Also for a code that
    is unknown, of another workshop, waiting or cancelled.
    """
    workshop = lock_workshop(workshop_id=workshop.pk)
    signup = signup_with_code(code, workshop)
    arrive(signup, workshop, at=now, by=checked_in_by, now=now)
    return signup


@transaction.atomic
def check_in_place(*, signup: Signup, now: datetime, checked_in_by: Doorkeeper = None) -> Signup:
    """The same for somebody found by name in the list."""
    workshop = lock_workshop(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    arrive(signup, workshop, at=now, by=checked_in_by, now=now)
    return signup


def signup_with_code(code: str, workshop: Workshop) -> Signup:
    signups = Signup.objects.select_related("seller", "workshop", "checked_in_by", "checked_in_with")
    signup = signups.filter(check_in_code=rules.read_code(code)).first()
    if signup is None:
        raise CheckInRefused(_("No sign-up has this code. Check the letters with the seller."), field="code")
    if signup.workshop_id != workshop.pk:
        raise CheckInRefused(door_wording.code_of_another_workshop(signup), field="code")
    return signup


def arrive(
    signup: Signup, workshop: Workshop, *, at: datetime, by: Doorkeeper, now: datetime, told_late: bool = False
) -> None:
    """Note an arrival in a locked workshop; the first one that is heard of counts.

    A door that had no network tells late: if its arrival was before the one that is noted, that one counts instead.
    """
    if signup.state != Signup.State.PLACED:
        raise CheckInRefused(door_wording.no_place(signup, workshop), field="code")
    refuse_before_check_in(workshop, at=at)
    if at >= workshop.ends_at:
        raise CheckInRefused(_("The workshop has ended; check-in is closed."), field="code")
    if signup.checked_in_at is None:
        note_there(signup, action="check_in", note=trail_notes.checked_in(), at=at, by=by, now=now)
    elif told_late and at < signup.checked_in_at:
        note_there(signup, action="check_in", note=trail_notes.checked_in_before(), at=at, by=by, now=now)


def refuse_before_check_in(workshop: Workshop, *, at: datetime) -> None:
    opens_at = rules.check_in_opens_at(workshop.starts_at)
    if at < opens_at:
        raise CheckInRefused(door_wording.check_in_opens(opens_at, zone=workshop.zone), field="code")


def note_there(
    signup: Signup, *, action: str, note: Note | str, at: datetime, by: Doorkeeper, now: datetime, reason: str = ""
) -> None:
    before = snapshot(signup)
    signup.checked_in_at, signup.attendance_reason = at, reason
    signup.checked_in_by = by if isinstance(by, User) else None
    signup.checked_in_with = by if isinstance(by, DoorLink) else None
    signup.save(update_fields=ATTENDANCE_FIELDS)
    record(by=actor_of(by), action=action, about=signup, note=note, before=before, now=now)


@transaction.atomic
def undo_check_in(*, signup: Signup, now: datetime, undone_by: Doorkeeper) -> Signup:
    """Take a check-in back that was a slip at the door.

    Raises ``CheckInRefused`` if there is none, and once the workshop has ended: then ``correct_attendance`` does, with
    a reason that the seller is told.
    """
    workshop = lock_workshop(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    if signup.checked_in_at is None:
        raise CheckInRefused(door_wording.not_checked_in(signup, workshop))
    refuse_taking_back(workshop, at=now)
    take_check_ins_back([signup], why=trail_notes.taken_back_at_the_door(), by=actor_of(undone_by), now=now)
    return signup


def refuse_taking_back(workshop: Workshop, *, at: datetime) -> None:
    if workshop.ends_at <= at:
        said = _("The workshop has ended. Take the check-in back on the page of the sign-up, with a reason.")
        raise CheckInRefused(said)


@transaction.atomic
def correct_attendance(*, signup: Signup, was_there: bool, reason: str, now: datetime, corrected_by: User) -> Signup:
    """Note that somebody with a place was there or was not, and tell the seller why.

    It can be done when the workshop is over.

    Raises ``CheckInRefused`` if that is noted already, there is no place, or check-in has not opened. Raises
    ``Refused`` without a reason, and for a member of the seller.
    """
    workshop = lock_workshop_to_tell(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    refuse_own_seller(person=corrected_by, seller=signup.seller)
    refuse_correcting(signup, was_there=was_there, now=now)
    reason = refuse_without_reason(reason)
    if was_there:
        note_there(signup, action="note_there", note=reason, at=now, by=corrected_by, now=now, reason=reason)
    else:
        take_check_ins_back([signup], why=reason, by=corrected_by, now=now)
    tell([signup], [messages.attendance_corrected(signup, workshop, reason=reason)], now=now)
    return signup


def refuse_correcting(signup: Signup, *, was_there: bool, now: datetime) -> None:
    if signup.state != Signup.State.PLACED:
        raise CheckInRefused(_("%(seller)s has no place.") % {"seller": signup.seller})
    if (signup.checked_in_at is not None) == was_there:
        raise CheckInRefused(_("That is what is noted already."), field="was_there")
    if was_there:
        refuse_before_check_in(signup.workshop, at=now)


def take_check_ins_back(signups: Iterable[Signup], *, why: Note | str, by: Actor, now: datetime) -> None:
    for signup in signups:
        if signup.checked_in_at is not None:
            before = snapshot(signup)
            signup.checked_in_at = signup.checked_in_by = signup.checked_in_with = None
            signup.attendance_reason = ""
            signup.save(update_fields=ATTENDANCE_FIELDS)
            record(by=by, action="undo_check_in", about=signup, note=why, before=before, now=now)

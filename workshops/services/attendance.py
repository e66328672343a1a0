"""Who came: checking in at the door, taking a slip back, and correcting it afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor, record
from audit.snapshots import snapshot

from .. import messages, rules, wording
from ..models import Signup, Workshop
from .shared import (
    CheckInRefused,
    lock_workshop,
    lock_workshop_to_tell,
    refuse_without_reason,
    reload_signup,
    tell,
)


@transaction.atomic
def check_in(*, workshop: Workshop, code: str, now: datetime, checked_in_by: Actor = None) -> Signup:
    """Note that the seller with this code has come. Doing it twice keeps the first time and who noted it then.

    Raises ``CheckInRefused`` before check-in opens (two hours before the start), after the end, and for a code that
    is unknown, of another workshop, waiting or cancelled.
    """
    workshop = lock_workshop(workshop_id=workshop.pk)
    signups = Signup.objects.select_related("seller", "workshop", "checked_in_by")
    signup = signups.filter(check_in_code=rules.read_code(code)).first()
    if signup is None:
        raise CheckInRefused(_("No sign-up has this code. Check the letters with the seller."), field="code")
    if signup.workshop_id != workshop.pk:
        raise CheckInRefused(wording.code_of_another_workshop(signup), field="code")
    if signup.state != Signup.State.PLACED:
        raise CheckInRefused(wording.code_without_place(signup), field="code")
    _refuse_before_check_in(workshop, now=now)
    if now >= workshop.ends_at:
        raise CheckInRefused(_("The workshop has ended; check-in is closed."), field="code")
    if signup.checked_in_at is None:
        _note_there(signup, action="check_in", note=_("Checked in at the door."), by=checked_in_by, now=now)
    return signup


def _refuse_before_check_in(workshop: Workshop, *, now: datetime) -> None:
    opens_at = rules.check_in_opens_at(workshop.starts_at)
    if now < opens_at:
        raise CheckInRefused(wording.check_in_opens(opens_at, zone=workshop.zone), field="code")


def _note_there(signup: Signup, *, action: str, note: str, by: Actor, now: datetime) -> None:
    before = snapshot(signup)
    signup.checked_in_at = now
    signup.checked_in_by = by if isinstance(by, User) else None
    signup.save(update_fields=["checked_in_at", "checked_in_by"])
    record(by=by, action=action, about=signup, note=note, before=before, now=now)


@transaction.atomic
def undo_check_in(*, signup: Signup, now: datetime, undone_by: Actor) -> Signup:
    """Take a check-in back that was a slip at the door. Raises ``CheckInRefused`` if there is none."""
    workshop = lock_workshop(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    if signup.checked_in_at is None:
        raise CheckInRefused(wording.not_checked_in(signup, workshop))
    take_check_ins_back([signup], why="Taken back at the door.", by=undone_by, now=now)
    return signup


@transaction.atomic
def correct_attendance(*, signup: Signup, was_there: bool, reason: str, now: datetime, corrected_by: Actor) -> Signup:
    """Note that somebody with a place was there or was not, also when the workshop is over, and tell the seller why.

    Raises ``CheckInRefused`` if that is noted already, there is no place, or check-in has not opened; ``Refused``
    without a reason.
    """
    workshop = lock_workshop_to_tell(workshop_id=signup.workshop_id)
    signup = reload_signup(signup)
    reason = refuse_without_reason(reason)
    if signup.state != Signup.State.PLACED:
        raise CheckInRefused(_("%(seller)s has no place.") % {"seller": signup.seller})
    if (signup.checked_in_at is not None) == was_there:
        raise CheckInRefused(_("That is what is noted already."), field="was_there")
    if was_there:
        _refuse_before_check_in(workshop, now=now)
        _note_there(signup, action="note_there", note=reason, by=corrected_by, now=now)
    else:
        take_check_ins_back([signup], why=reason, by=corrected_by, now=now)
    tell([signup], [messages.attendance_corrected(signup, workshop, reason=reason)], now=now)
    return signup


def take_check_ins_back(signups: Iterable[Signup], *, why: str, by: Actor, now: datetime) -> None:
    for signup in signups:
        if signup.checked_in_at is not None:
            before = snapshot(signup)
            signup.checked_in_at = signup.checked_in_by = None
            signup.save(update_fields=["checked_in_at", "checked_in_by"])
            record(by=by, action="undo_check_in", about=signup, note=why, before=before, now=now)

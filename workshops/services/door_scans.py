"""What doors send: scans and taps, each with a nonce, also long after they were made, and from several doors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from kit.outcomes import Refused

from .. import door_wording, trail_notes
from ..models import DoorLink, DoorScan, Signup, Workshop
from .attendance import Doorkeeper, actor_of, arrive, refuse_taking_back, signup_with_code, take_check_ins_back
from .locking import lock_workshop
from .refusals import CheckInRefused

Outcome = DoorScan.Outcome


@dataclass(frozen=True)
class Scan:
    """One tap or scan: whom it is about, by the id of the sign-up or by the code, and when it was made (UTC).

    What takes a check-in back may say by its nonce which scan it ``undoes``: then nothing hangs on the moments, which
    slow networks blur.
    """

    nonce: UUID
    at: datetime
    signup_id: int | None = None
    code: str = ""
    takes_back: bool = False
    undoes: UUID | None = None


@dataclass(frozen=True)
class ScanResult:
    """What became of a scan. Without an outcome it was refused, and ``words`` say why."""

    nonce: UUID
    outcome: Outcome | None
    signup: Signup | None
    words: str


@transaction.atomic
def take_scans(*, workshop: Workshop, scans: Sequence[Scan], now: datetime, by: Doorkeeper) -> list[ScanResult]:
    """Note what a door sent, in its order. Sent again, it changes nothing and is answered as it was.

    Who was scanned at two doors came when the first of them says, whichever is heard first. A scan that is refused
    stops none of the others.
    """
    workshop = lock_workshop(workshop_id=workshop.pk)
    return [_take(scan, workshop, by=by, now=now) for scan in scans]


def _take(scan: Scan, workshop: Workshop, *, by: Doorkeeper, now: datetime) -> ScanResult:
    sent_before = workshop.door_scans.filter(nonce=scan.nonce).select_related("signup").first()
    if sent_before is not None:
        signup = _signup(Scan(scan.nonce, scan.at, signup_id=sent_before.signup_id), workshop)
        return _result(scan, Outcome(sent_before.outcome), signup, workshop)
    try:
        signup = _signup(scan, workshop)
        note = _take_back if scan.takes_back else _check_in
        outcome = note(signup, scan, by=by, now=now)
    except Refused as refusal:
        return ScanResult(scan.nonce, None, None, str(refusal))
    _keep(scan, signup, outcome, by=by, now=now)
    return _result(scan, outcome, signup, workshop)


def _signup(scan: Scan, workshop: Workshop) -> Signup:
    if scan.signup_id is None:
        return signup_with_code(scan.code, workshop)
    known = workshop.signups.select_related("seller", "workshop", "checked_in_by", "checked_in_with")
    signup = known.filter(pk=scan.signup_id).first()
    if signup is None:
        raise CheckInRefused(_("This place is not of this workshop. Open the list again."))
    return signup


def _check_in(signup: Signup, scan: Scan, *, by: Doorkeeper, now: datetime) -> Outcome:
    was_here = signup.checked_in_at is not None
    arrive(signup, signup.workshop, at=scan.at, by=by, now=now, told_late=True)
    return Outcome.ALREADY if was_here else Outcome.HERE


def _take_back(signup: Signup, scan: Scan, *, by: Doorkeeper, now: datetime) -> Outcome:
    """Only what was noted by then, or by the scan that it undoes: who was checked in again since stays so."""
    refuse_taking_back(signup.workshop, at=scan.at)
    noted = signup.checked_in_at
    own = signup.door_scans.filter(nonce=scan.undoes, scanned_at=noted) if noted and scan.undoes else None
    if noted is not None and (noted <= scan.at or (own is not None and own.exists())):
        take_check_ins_back([signup], why=trail_notes.taken_back_at_the_door(), by=actor_of(by), now=now)
    return Outcome.TAKEN_BACK


def _keep(scan: Scan, signup: Signup, outcome: Outcome, *, by: Doorkeeper, now: datetime) -> None:
    DoorScan.objects.create(
        workshop=signup.workshop,
        signup=signup,
        nonce=scan.nonce,
        outcome=outcome,
        scanned_at=scan.at,
        received_at=now,
        person=by if isinstance(by, User) else None,
        link=by if isinstance(by, DoorLink) else None,
    )


def _result(scan: Scan, outcome: Outcome, signup: Signup, workshop: Workshop) -> ScanResult:
    return ScanResult(scan.nonce, outcome, signup, door_wording.outcome_words(outcome, signup, zone=workshop.zone))

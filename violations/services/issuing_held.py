"""Issuing what was held, once somebody has looked at it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from kit.outcomes import Refused, Result

from .. import trail_notes
from ..models import HeldViolation
from ..wording import detectors as wording
from .held_violations import as_draft, lock_its_seller, locked_held
from .issuing import issue_violations


@transaction.atomic
def issue_held(*, held: HeldViolation, issued_by: User, now: datetime) -> HeldViolation:
    """Issue it as it was sent. Points count from its decision, the seller's time from now, when they are told.

    A person has decided now, and the statement of reasons says so. Raises ``Refused`` for one that is decided. Also for
    what cannot be issued, as when a member of the seller decides.
    """
    lock_its_seller(held)
    held = locked_held(held.pk)
    (outcome,) = issue_violations(
        market=held.market, drafts=[as_draft(held.draft)], source=held.source, now=now, issued_by=issued_by,
        is_reviewed=True,
    )  # fmt: skip
    if outcome.result is Result.REFUSED:
        raise Refused(wording.not_issued(held, outcome.reason))
    before = snapshot(held)
    held.decided_at, held.decided_by, held.violation_id = now, issued_by, outcome.record_id
    held.save(update_fields=["decided_at", "decided_by", "violation"])
    record(by=issued_by, action="issue", about=held, note=trail_notes.held_issued(), before=before, now=now)
    return held

"""Making somebody a superuser, who may do everything: proposed by one superuser, approved by another."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit.services import record, record_alone
from audit.snapshots import snapshot
from kit.outcomes import Refused
from kit.texts.characters import has_visible

from .. import trail_notes, wording
from ..models import SuperuserProposal, User


@transaction.atomic
def propose_superuser(*, user: User, reason: str, proposed_by: User, now: datetime) -> SuperuserProposal:
    """Propose that somebody becomes a superuser.

    Raises ``Refused`` without a reason, and while a proposal for them waits. Also for who is a superuser already, or is
    no active member of staff.
    """
    if not has_visible(reason):
        raise Refused(wording.no_reason_for_superuser(), field="reason")
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if why := why_not_superuser(user):
        raise Refused(why)
    if user.superuser_proposals.filter(decided_at=None).exists():
        raise Refused(wording.superuser_waits())
    proposal = SuperuserProposal.objects.create(
        user=user, reason=reason.strip(), proposed_by=proposed_by, proposed_at=now
    )
    note = trail_notes.superuser_proposed(reason=proposal.reason)
    record(by=proposed_by, action="propose", about=user, note=note, now=now)
    return proposal


def why_not_superuser(user: User) -> str:
    """Why nobody can propose that somebody becomes a superuser; empty if they can."""
    if user.is_superuser:
        return wording.already_superuser()
    return "" if user.is_staff and user.is_active else wording.not_active_staff()


@transaction.atomic
def decide_superuser(
    *, proposal: SuperuserProposal, is_approved: bool, decided_by: User, now: datetime, alone_reason: str = ""
) -> SuperuserProposal:
    """Approve or decline a proposal.

    Approved, the person is a superuser at once. Deciding again changes nothing.

    Raises ``OwnProposal`` for who proposed it and gives no ``alone_reason``. Raises ``Refused`` for the person
    themselves, and if they are no active member of staff any more.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=proposal.user_id)
    proposal = SuperuserProposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
    if proposal.decided_at is not None:
        return proposal
    _refuse(user, decided_by, is_approved=is_approved)
    before = snapshot(user)
    proposal.decide_as(decided_by, is_approved=is_approved, alone_reason=alone_reason)
    proposal.decided_at = now
    proposal.save()
    if is_approved:
        user.is_superuser = True
        user.save(update_fields=["is_superuser"])
    note = trail_notes.superuser_decided(approved=is_approved)
    record(by=decided_by, action="decide", about=user, note=note, before=before, now=now)
    record_alone(by=decided_by, about=proposal, now=now)
    return proposal


def _refuse(user: User, person: User, *, is_approved: bool) -> None:
    if user == person:
        raise Refused(wording.not_of_oneself())
    if is_approved and (why := why_not_superuser(user)):
        raise Refused(why)

"""Inviting people by email. All of a seller's take turns on its row."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from accounts.selectors import find_person, has_confirmed
from accounts.services import add_person
from audit.services import record
from kit.outcomes import Refused

from .. import rules, trail_notes, wording
from ..models import Invitation, Member, Seller
from ..rules import Right
from ..selectors import find_invitation
from .guards import refuse_without_right
from .member_emails import send_invitation
from .members import add_member
from .recording import lock_seller


@transaction.atomic
def invite_member(*, seller: Seller, email: str, role: str, now: datetime, invited_by: User) -> Invitation:
    """Invite whoever reads an address to become a member. The link of the email is good for a week, and once.

    Raises ``NotYours``. Raises ``Refused`` for a member (field ``email``), and for somebody who is invited already.
    Also beyond the limits of open invitations and of those in a day.
    """
    seller = lock_seller(seller_id=seller.pk)
    refuse_without_right(person=invited_by, seller=seller, right=Right.MEMBERS)
    email = email.strip().lower()
    _refuse_known(seller, email)
    of_late = seller.invitations.filter(created_at__gt=now - timedelta(days=1))
    refuse_too_many(open_now=seller.invitations.open().count(), of_late=of_late.count())
    invitation = Invitation(seller=seller, email=email, role=role, invited_by=invited_by, created_at=now)
    send(invitation, now=now)
    note = trail_notes.member_invited(email=email, role=role)
    record(by=invited_by, action="invite_member", about=seller, note=note, now=now)
    return invitation


def _refuse_known(seller: Seller, email: str) -> None:
    if Member.objects.filter(seller=seller, user__email=email).exists():
        raise Refused(wording.member_already(email), field="email")
    if seller.invitations.open().filter(email=email).exists():
        raise Refused(wording.invited_already(email), field="email")


def refuse_too_many(*, open_now: int, of_late: int) -> None:
    """Raise ``Refused`` where enough invitations of a seller are open, or were sent in a day."""
    if open_now >= rules.MAX_OPEN_INVITATIONS:
        raise Refused(wording.too_many_open())
    if of_late >= rules.MAX_INVITATIONS_PER_DAY:
        raise Refused(wording.too_many_today())


def send(invitation: Invitation, *, now: datetime) -> None:
    """Send an invitation with a new secret: the link of an email before this one works no more."""
    secret = secrets.token_urlsafe(32)
    invitation.secret_hash = Invitation.hash_of(secret)
    invitation.sent_at, invitation.expires_at = now, now + rules.INVITATION_LASTS
    invitation.save()
    send_invitation(invitation, secret=secret, now=now)


@transaction.atomic
def resend_invitation(*, invitation: Invitation, now: datetime, resent_by: User) -> Invitation:
    """Send an open invitation once more, also one that expired; it is good for a week again.

    Raises ``NotYours``, and ``Refused`` if it is not open, or was sent a moment ago.
    """
    invitation = _lock_open(invitation, resent_by)
    if now < invitation.sent_at + rules.RESEND_AFTER:
        raise Refused(wording.sent_lately())
    send(invitation, now=now)
    note = trail_notes.invitation_sent_again(email=invitation.email)
    record(by=resent_by, action="resend_invitation", about=invitation.seller, note=note, now=now)
    return invitation


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, now: datetime, withdrawn_by: User) -> None:
    """Make an open invitation useless. Raises ``NotYours``, and ``Refused`` if it is not open any more."""
    invitation = _lock_open(invitation, withdrawn_by)
    invitation.withdrawn_at = now
    invitation.save(update_fields=["withdrawn_at"])
    note = trail_notes.invitation_withdrawn(email=invitation.email)
    record(by=withdrawn_by, action="withdraw_invitation", about=invitation.seller, note=note, now=now)


def _lock_open(invitation: Invitation, person: User) -> Invitation:
    """An open invitation as it is now, its seller locked; for an owner of the seller."""
    seller = lock_seller(seller_id=invitation.seller_id)
    refuse_without_right(person=person, seller=seller, right=Right.MEMBERS)
    found = seller.invitations.open().select_related("seller__market", "invited_by").filter(pk=invitation.pk).first()
    if found is None:
        raise Refused(wording.not_open())
    return found


@transaction.atomic
def accept_invitation(*, secret: str, now: datetime, accepted_by: User) -> Member:
    """Make a person a member by the link of their invitation; who is one already keeps their role.

    Raises ``Refused`` for a link that is no longer good, and for a person who has not confirmed that address.
    """
    invitation = _lock_usable(secret, now=now)
    if not has_confirmed(accepted_by, invitation.email):
        raise Refused(wording.for_another(invitation))
    invitation.accepted_at, invitation.accepted_by = now, accepted_by
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return add_member(seller=invitation.seller, user=accepted_by, role=invitation.role, now=now, added_by=accepted_by)


@transaction.atomic
def prepare_person(*, secret: str, now: datetime) -> User:
    """The person whom an invitation is for, new if there was none: they choose a password next.

    Raises ``Refused`` for a link that is no longer good. Also for somebody who has a password or may not sign in.
    """
    invitation = _lock_usable(secret, now=now)
    user = find_person(invitation.email) or add_person(email=invitation.email)
    if user.has_usable_password() or not user.is_active:
        raise Refused(wording.for_another(invitation))
    return user


def _lock_usable(secret: str, *, now: datetime) -> Invitation:
    """The invitation with this secret, its seller locked: of two who use it at once the second finds it used."""
    if found := find_invitation(secret, as_of=now):
        lock_seller(seller_id=found.seller_id)
        found = find_invitation(secret, as_of=now)
    if found is None:
        raise Refused(wording.not_open())
    return found

"""Emails about who is a member of a seller, so that nobody is let in or out in silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.urls import reverse
from django.utils import translation

from accounts.languages import spoken
from accounts.models import User
from accounts.services import NOTICE_LIFE, queue_account_email
from kit.addresses import portal_url
from kit.texts.characters import isolated

from .. import wording
from ..models import Invitation, Member, Seller

EmailText = Callable[..., tuple[str, str]]


def tell_of_added(member: Member, *, now: datetime) -> None:
    """Tell all other members of a new one."""
    _tell_others(wording.member_added_email, member, now=now)


def tell_of_removed(member: Member, *, now: datetime) -> None:
    """Tell the members who stay, and who was removed."""
    _tell_others(wording.member_removed_email, member, now=now)
    _tell(wording.you_are_removed_email, member, to=member.user, now=now)


def tell_of_role(member: Member, *, now: datetime) -> None:
    """Tell all members of somebody's new role, them included."""
    for other in _people(member.seller):
        _tell(wording.role_changed_email, member, to=other, now=now)


def send_invitation(invitation: Invitation, *, secret: str, now: datetime) -> None:
    """Email the link that holds the secret, in the language of the seller's market."""
    link = portal_url(reverse("sellers:invitation", kwargs={"token": secret}))
    with translation.override(spoken(invitation.seller.market.language)):
        subject, body = wording.invitation_email(invitation, link=link)
        _send(invitation.seller, invitation.email, subject, body, now=now, expires_at=invitation.expires_at)


def _tell_others(text: EmailText, member: Member, *, now: datetime) -> None:
    for other in _people(member.seller):
        if other.pk != member.user_id:
            _tell(text, member, to=other, now=now)


def _people(seller: Seller) -> list[User]:
    return list(User.objects.filter(memberships__seller=seller, is_active=True).order_by("pk"))


def _tell(text: EmailText, member: Member, *, to: User, now: datetime) -> None:
    link = portal_url(reverse("sellers:members", kwargs={"seller_id": member.seller_id}))
    with translation.override(spoken(to.language or member.seller.market.language)):
        subject, body = text(member, link=link)
        _send(member.seller, to.email, subject, body, now=now, expires_at=now + NOTICE_LIFE)


def _send(seller: Seller, to: str, subject: str, body: str, *, now: datetime, expires_at: datetime) -> None:
    """In the brand of the seller's market."""
    sent = {"subject": isolated(subject), "body": body, "look": str(seller.market_id)}
    queue_account_email(to=to, now=now, expires_at=expires_at, **sent)

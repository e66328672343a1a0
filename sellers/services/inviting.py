"""Invitations by the marketplace: how the first owners of its sellers come in, and whoever it names beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from audit.services import Actor, record
from kit.outcomes import Outcome, Refused, Result

from .. import trail_notes, wording
from ..models import Invitation, Market, Member, Seller
from ..rules import Role
from .invitations import refuse_too_many, send
from .markets import refuse_invalid
from .provisioning import unknown_seller
from .recording import lock_sellers


class MemberDraft(NamedTuple):
    """Somebody who is to act for a seller (by the marketplace's id), in a role."""

    seller: str
    email: str
    role: str = Role.OWNER


@transaction.atomic
def put_members(
    *, market: Market, drafts: Sequence[MemberDraft], now: datetime, invited_by: Actor = None
) -> list[Outcome]:
    """Invite people to sellers of one market by email; an answer for each, in order.

    Who is a member in that role, or has an invitation that is good, is there already. An invitation that expired, or
    was for another role, is sent again. Refused are an unknown seller, an address that cannot be one, too many
    invitations, and whoever the seller decided about: a member of another role, one who was removed, an invitation that
    was withdrawn.
    """
    sellers = lock_sellers(market=market, external_ids=(draft.seller for draft in drafts))
    for seller in sellers.values():
        seller.market = market
    known = _Known(list(sellers.values()))
    return [_put(draft, sellers.get(draft.seller), known, market, now, invited_by) for draft in drafts]


class _Known:
    """The members of some sellers and all their invitations, by seller and address."""

    def __init__(self, sellers: list[Seller]) -> None:
        members = Member.objects.filter(seller__in=sellers).values_list("seller", "user__email", "role")
        self.roles = {(seller, email.lower()): role for seller, email, role in members}
        invitations = Invitation.objects.filter(seller__in=sellers).order_by("pk")
        self.invitations = {(one.seller_id, one.email): one for one in invitations}


def _put(draft: MemberDraft, seller: Seller | None, known: _Known, market: Market, now: datetime, by: Actor) -> Outcome:
    email = draft.email.strip().lower()
    if seller is None:
        return unknown_seller(email, draft.seller, market)
    try:
        with transaction.atomic():
            invitation, result = _invite(seller, email, draft.role, known, now)
    except Refused as refused:
        return Outcome(email, Result.REFUSED, None, refused.field, str(refused))
    if invitation is not None:
        known.invitations[seller.pk, email] = invitation
        note = trail_notes.member_invited(email=email, role=draft.role)
        record(by=by, action="invite_member", about=seller, note=note, now=now)
    return Outcome(email, result, seller.pk)


def _invite(seller: Seller, email: str, role: str, known: _Known, now: datetime) -> tuple[Invitation | None, Result]:
    """The invitation that was sent, if one was. Raises ``Refused``."""
    held = known.roles.get((seller.pk, email))
    if held is not None:
        if held != role:
            raise Refused(wording.has_another_role(held), field="role")
        return None, Result.PRESENT
    before = known.invitations.get((seller.pk, email))
    if before is None:
        return _first(seller, email, role, now), Result.CREATED
    if before.withdrawn_at or before.accepted_at:
        raise Refused(wording.decided_by_seller(), field="email")
    if before.role == role and before.expires_at > now:
        return None, Result.PRESENT
    before.seller, before.role = seller, role
    send(before, now=now)
    return before, Result.CHANGED


def _first(seller: Seller, email: str, role: str, now: datetime) -> Invitation:
    invitation = Invitation(seller=seller, email=email, role=role, created_at=now)
    refuse_invalid(invitation, ["email", "role"])
    refuse_too_many(seller, now)
    send(invitation, now=now)
    return invitation

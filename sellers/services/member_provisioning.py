"""Invitations by the marketplace: how the first owners of its sellers come in, and whoever it names beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from audit.services import Actor, record
from kit.outcomes import Outcome, Refused, Result

from .. import rules, trail_notes, wording
from ..items import MemberItem
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


def member_draft(values: Mapping[str, object]) -> MemberDraft:
    """Whom a row of a file, or an item that the API was sent, invites. Raises ``BadRow``."""
    return MemberDraft(**dict(MemberItem.read(values)))


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
    known = _Known(list(sellers.values()), now)
    return [_put(draft, sellers.get(draft.seller), known, market, now, invited_by) for draft in drafts]


def preview_members(*, market: Market, drafts: Sequence[MemberDraft], now: datetime) -> list[Outcome]:
    """What ``put_members`` would answer if nothing else happened meanwhile; nobody is invited (3 queries)."""
    named = Seller.objects.filter(market=market, external_id__in={draft.seller for draft in drafts})
    sellers = {seller.external_id: seller for seller in named}
    known, outcomes = _Known(list(sellers.values()), now), []
    for draft in drafts:
        outcome = _judged(draft, seller := sellers.get(draft.seller), known, market)
        if seller is not None and outcome.result in {Result.CREATED, Result.CHANGED}:
            known.add(_new(seller, outcome.external_id, draft.role, now), is_new=outcome.result is Result.CREATED)
        outcomes.append(outcome)
    return outcomes


class _Known:
    """The members of some sellers and all their invitations, by seller and address, as of a moment."""

    def __init__(self, sellers: list[Seller], now: datetime) -> None:
        self.now = now
        members = Member.objects.filter(seller__in=sellers).values_list("seller", "user__email", "role")
        self.roles = {(seller, email.lower()): role for seller, email, role in members}
        found = Invitation.objects.filter(seller__in=sellers).order_by("pk")
        self.invitations: dict[tuple[int, str], Invitation] = {}
        self.open: Counter[int] = Counter()
        self.of_late: Counter[int] = Counter()
        for one in found:
            self.invitations[one.seller_id, one.email] = one
            self.open[one.seller_id] += one.accepted_at is None and one.withdrawn_at is None
            self.of_late[one.seller_id] += one.created_at > now - timedelta(days=1)

    def add(self, invitation: Invitation, *, is_new: bool) -> None:
        self.invitations[invitation.seller_id, invitation.email] = invitation
        self.open[invitation.seller_id] += is_new
        self.of_late[invitation.seller_id] += is_new


def _new(seller: Seller, email: str, role: str, now: datetime) -> Invitation:
    invitation = Invitation(seller=seller, email=email, role=role, created_at=now)
    invitation.sent_at, invitation.expires_at = now, now + rules.INVITATION_LASTS
    return invitation


def _judged(draft: MemberDraft, seller: Seller | None, known: _Known, market: Market) -> Outcome:
    """What an invitation would be, by what is known; nothing is asked or written."""
    email = draft.email.strip().lower()
    if seller is None:
        return unknown_seller(email, draft.seller, market)
    try:
        result = _result(seller, email, draft.role, known)
    except Refused as refused:
        return Outcome(email, Result.REFUSED, None, refused.field, str(refused))
    return Outcome(email, result, seller.pk)


def _result(seller: Seller, email: str, role: str, known: _Known) -> Result:
    """Created, changed (sent again) or there already. Raises ``Refused``."""
    held = known.roles.get((seller.pk, email))
    if held is not None:
        if held != role:
            raise Refused(wording.has_another_role(held), field="role")
        return Result.PRESENT
    before = known.invitations.get((seller.pk, email))
    if before is None:
        refuse_invalid(_new(seller, email, role, known.now), ["email", "role"])
        refuse_too_many(open_now=known.open[seller.pk], of_late=known.of_late[seller.pk])
        return Result.CREATED
    if before.withdrawn_at or before.accepted_at:
        raise Refused(wording.decided_by_seller(), field="email")
    return Result.PRESENT if before.role == role and before.expires_at > known.now else Result.CHANGED


def _put(draft: MemberDraft, seller: Seller | None, known: _Known, market: Market, now: datetime, by: Actor) -> Outcome:
    outcome = _judged(draft, seller, known, market)
    if seller is not None and outcome.result in {Result.CREATED, Result.CHANGED}:
        email, is_new = outcome.external_id, outcome.result is Result.CREATED
        invitation = _new(seller, email, draft.role, now) if is_new else known.invitations[seller.pk, email]
        invitation.seller, invitation.role = seller, draft.role
        send(invitation, now=now)
        known.add(invitation, is_new=is_new)
        note = trail_notes.member_invited(email=email, role=draft.role)
        record(by=by, action="invite_member", about=seller, note=note, now=now)
    return outcome

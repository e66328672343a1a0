"""A person's erasure: asked for by them, or noted by staff for them; done by staff, who see first what it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from accounts.selectors import own_addresses
from accounts.services import address_of_erased, erase_identity
from audit.services import record
from audit.snapshots import snapshot
from inbox.models import Digest, EmailDelivery
from kit.outcomes import Refused
from kit.scopes import Scope
from sellers.models import Invitation, Member, MemberChange, MemberUploadLine
from sellers.staff_scope import markets_of

from . import trail_notes, wording
from .models import ErasureRequest


@dataclass(frozen=True)
class Preview:
    """What an erasure does: the memberships that end, and why it cannot be done yet, if so."""

    members: Sequence[Member]
    problem: str

    @property
    def sellers(self) -> list[str]:
        return [member.seller.name for member in self.members]


def preview_erasure(user: User) -> Preview:
    """What erasing a person would do now."""
    members = list(Member.objects.filter(user=user).select_related("seller").order_by("seller__name", "pk"))
    return Preview(members, _problem(user, members))


def _problem(user: User, members: Sequence[Member]) -> str:
    if user.is_staff or user.is_superuser:
        return wording.is_staff(user)
    last = [member.seller.name for member in members if _leaves_no_owner(member)]
    return wording.is_last_owner(last) if last else ""


def _leaves_no_owner(member: Member) -> bool:
    others = Member.objects.filter(seller=member.seller_id).exclude(pk=member.pk)
    return member.role == Member.Role.OWNER and others.exists() and not others.filter(role=Member.Role.OWNER).exists()


def acts_beyond(user: User, scope: Scope) -> bool:
    """Whether a person acts for a seller of a market that is not in a scope."""
    return scope is not None and Member.objects.filter(user=user).exclude(seller__market__in=list(scope)).exists()


@transaction.atomic
def ask_for_erasure(*, user: User, now: datetime) -> ErasureRequest:
    """Note that somebody wants to be erased; asked twice, the first time counts."""
    request, _is_new = ErasureRequest.objects.get_or_create(user=user, defaults={"asked_at": now})
    return request


@transaction.atomic
def withdraw_erasure(*, user: User) -> None:
    """Somebody wants to stay after all."""
    ErasureRequest.objects.filter(user=user, done_at=None).delete()


@transaction.atomic
def erase_person(*, request: ErasureRequest, now: datetime, erased_by: User) -> None:
    """Erase the person of a request. Raises ``Refused`` if that is done, or something has to be done before."""
    request = ErasureRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
    user = User.objects.select_for_update(no_key=True).get(pk=request.user_id)
    if request.done_at is not None:
        raise Refused(wording.erased_already())
    if acts_beyond(user, markets_of(erased_by)):
        raise Refused(wording.acts_elsewhere())
    if erased_by == user:
        raise Refused(wording.not_oneself())
    if problem := preview_erasure(user).problem:
        raise Refused(problem)
    _forget_what_was_sent(user)
    Member.objects.filter(user=user).delete()
    MemberChange.objects.filter(user=user).delete()
    erase_identity(user=user, now=now)
    before = snapshot(request)
    request.user, request.done_at = user, now
    request.save(update_fields=["done_at"])
    record(by=erased_by, action="erase", about=request, note=trail_notes.identity_erased(), before=before, now=now)


def _forget_what_was_sent(user: User) -> None:
    """Invitations and notes of failures name an address: also one that the person had when they accepted."""
    addresses, nobody = own_addresses(user), address_of_erased(user)
    Invitation.objects.filter(email__in=addresses, accepted_at=None).delete()
    Invitation.objects.filter(Q(email__in=addresses) | Q(accepted_by=user)).update(email=nobody)
    MemberUploadLine.objects.filter(email__in=addresses).update(email=nobody)
    Digest.objects.filter(user=user).exclude(last_error="").update(last_error="")
    EmailDelivery.objects.filter(user=user).exclude(last_error="").update(last_error="")

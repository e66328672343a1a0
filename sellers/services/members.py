"""Who is a member of a seller, in which role, and when they looked last."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Q, When

from accounts.models import User
from audit.services import Actor, record
from kit.outcomes import Refused

from .. import rules, trail_notes, wording
from ..models import Member, MemberChange, Seller
from ..rules import Right, Role
from .guards import refuse_without_right
from .member_emails import tell_of_added, tell_of_removed, tell_of_role
from .recording import lock_seller

VISIT_ENDS_AFTER = timedelta(minutes=30)
"""Who opens the dashboard again after a longer pause begins a new visit."""

VISIT_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def add_member(*, seller: Seller, user: User, now: datetime, role: str = Role.OWNER, added_by: Actor = None) -> Member:
    """Make a person a member of a seller, and tell the other members. Adding somebody twice changes nothing."""
    seller = lock_seller(seller_id=seller.pk)
    member, is_new = Member.objects.get_or_create(seller=seller, user=user, defaults={"role": role})
    if is_new:
        record(
            by=added_by,
            action="add_member",
            about=seller,
            note=trail_notes.member_added(name=str(user), email=user.email, role=role),
            now=now,
        )
        _note_change(member, joined=True, now=now)
        tell_of_added(member, now=now)
    return member


@transaction.atomic
def remove_member(*, seller: Seller, user: User, now: datetime, removed_by: User) -> None:
    """End a membership; what the person did stays. Owners remove others, and everybody may leave.

    The other members are told. Raises ``NotYours``, and ``Refused`` for the last owner. Nothing happens if the person
    is no member.
    """
    seller = lock_seller(seller_id=seller.pk)
    if removed_by != user:
        refuse_without_right(person=removed_by, seller=seller, right=Right.MEMBERS)
    member = _find(seller, user)
    if member is not None:
        _refuse_last_owner(member)
        member.delete()
        record(
            by=removed_by,
            action="remove_member",
            about=seller,
            note=trail_notes.member_removed(name=str(user), email=user.email),
            now=now,
        )
        _note_change(member, joined=False, now=now)
        tell_of_removed(member, now=now)


@transaction.atomic
def change_role(*, seller: Seller, user: User, role: str, now: datetime, changed_by: User) -> None:
    """Give a member another role, and tell all members.

    Raises ``NotYours``, and ``Refused`` where the last owner would become something else. Nothing happens if the person
    is no member, or has the role.
    """
    seller = lock_seller(seller_id=seller.pk)
    refuse_without_right(person=changed_by, seller=seller, right=Right.MEMBERS)
    member = _find(seller, user)
    if member is not None and member.role != role:
        _refuse_last_owner(member)
        member.role = role
        member.save(update_fields=["role"])
        record(
            by=changed_by,
            action="change_role",
            about=seller,
            note=trail_notes.role_changed(name=str(user), email=user.email, role=role),
            now=now,
        )
        tell_of_role(member, now=now)


def _note_change(member: Member, *, joined: bool, now: datetime) -> None:
    MemberChange.objects.create(seller=member.seller, user=member.user, joined=joined, changed_at=now)


def _find(seller: Seller, user: User) -> Member | None:
    return Member.objects.select_related("user", "seller__market").filter(seller=seller, user=user).first()


def _refuse_last_owner(member: Member) -> None:
    owners = Member.objects.filter(seller=member.seller, role=Role.OWNER).count()
    if rules.is_last_owner(member.role, owners=owners):
        raise Refused(wording.last_owner(member))


def note_visit(*, seller: Seller, user: User, now: datetime) -> datetime | None:
    """Note that a member looks at the dashboard; returns when their visit before this one ended, ``None`` at the first.

    ``seller`` is one of ``sellers_of`` the member. It takes 2 queries once a minute, else none. Pages that are opened
    at once are one visit: the second notes nothing.
    """
    visited_at: datetime | None = seller.own_visited_at  # type: ignore[attr-defined]  # annotated
    before: datetime | None = seller.own_visited_before_at  # type: ignore[attr-defined]  # annotated
    if visited_at is not None and now - visited_at < VISIT_NOTED_EVERY:
        return before
    is_new = When(visited_at__lte=now - VISIT_ENDS_AFTER, then=F("visited_at"))
    known = Q(visited_at=None) | Q(visited_at__lte=now - VISIT_NOTED_EVERY)
    own = Member.objects.filter(seller=seller, user=user)
    own.filter(known).update(visited_before_at=Case(is_new, default=F("visited_before_at")), visited_at=now)
    return own.values_list("visited_before_at", flat=True).get()

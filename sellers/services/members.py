"""Who may act for whom."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import Actor, record

from ..models import Member, Seller


@transaction.atomic
def add_member(*, seller: Seller, user: User, now: datetime, added_by: Actor = None) -> Member:
    """Let a person act for a seller. Adding somebody twice changes nothing."""
    member, is_new = Member.objects.get_or_create(seller=seller, user=user)
    if is_new:
        record(by=added_by, action="add_member", about=seller, note=f"Added {user} ({user.email}).", now=now)
    return member


@transaction.atomic
def remove_member(*, seller: Seller, user: User, now: datetime, removed_by: Actor = None) -> None:
    """Take the right to act for a seller from a person; what they did stays."""
    removed, _ = Member.objects.filter(seller=seller, user=user).delete()
    if removed:
        note = f"Removed {user} ({user.email})."
        record(by=removed_by, action="remove_member", about=seller, note=note, now=now)

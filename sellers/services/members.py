"""Who may act for whom."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor, record

from ..models import Member, Seller

VISIT_ENDS_AFTER = timedelta(minutes=30)
"""Who opens the dashboard again after a longer pause begins a new visit."""

VISIT_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def add_member(*, seller: Seller, user: User, now: datetime, added_by: Actor = None) -> Member:
    """Let a person act for a seller. Adding somebody twice changes nothing."""
    member, is_new = Member.objects.get_or_create(seller=seller, user=user)
    if is_new:
        note = _("Added %(user)s (%(email)s).") % {"user": user, "email": user.email}
        record(by=added_by, action="add_member", about=seller, note=note, now=now)
    return member


@transaction.atomic
def remove_member(*, seller: Seller, user: User, now: datetime, removed_by: Actor = None) -> None:
    """Take the right to act for a seller from a person; what they did stays."""
    removed, _by_kind = Member.objects.filter(seller=seller, user=user).delete()
    if removed:
        note = _("Removed %(user)s (%(email)s).") % {"user": user, "email": user.email}
        record(by=removed_by, action="remove_member", about=seller, note=note, now=now)


def note_visit(*, seller: Seller, user: User, now: datetime) -> datetime | None:
    """Note that a member looks at the dashboard; returns when their visit before this one ended, ``None`` at the first.

    It takes a query, and 2 more once a minute. Pages that are opened at once are one visit: the second notes nothing.
    """
    member = Member.objects.get(seller=seller, user=user)
    if member.visited_at is None or now - member.visited_at >= VISIT_NOTED_EVERY:
        is_new = When(visited_at__lte=now - VISIT_ENDS_AFTER, then=F("visited_at"))
        known = Q(visited_at=None) | Q(visited_at__lte=now - VISIT_NOTED_EVERY)
        Member.objects.filter(known, pk=member.pk).update(
            visited_before_at=Case(is_new, default=F("visited_before_at")), visited_at=now
        )
        member.refresh_from_db(fields=["visited_before_at"])
    return member.visited_before_at

"""Putting a seller's places into the calendars of who joined it, and taking them off those of who left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import translation

from accounts.languages import spoken
from accounts.models import User
from accounts.selectors import unreachable_among
from accounts.services import NOTICE_LIFE, queue_account_email
from inbox.models import Message, Unsubscription
from kit.addresses import portal_url
from kit.jobs.failures import do_each
from kit.texts.characters import isolated
from sellers.models import Member, MemberChange

from .. import member_wording
from ..calendar_selectors import entry_of
from ..calendars import invitation
from ..models import Signup, SignupQuerySet, Workshop


def tell_of_member_changes(*, clock: Callable[[], datetime]) -> int:
    """Email who joined or left a seller what its places at coming workshops are to their calendar; how many emails.

    What was posted to the seller went to who was a member then; who left gets no message of it. So this goes as emails
    about an account do, to the person alone. Several processes may run it at once, and one may die: each change is told
    of once. What goes wrong with one is logged, and tried again by the next call.
    """
    concerned = Exists(_coming(now=clock()).filter(seller=OuterRef("seller")))
    MemberChange.objects.to_tell().exclude(concerned).update(to_tell=False)
    changes = MemberChange.objects.to_tell().order_by("pk").values_list("pk", flat=True)
    what = "Places for the calendar of change of members"
    return do_each(changes, lambda pk: _tell(pk, now=clock()), what=what)


def _coming(*, now: datetime) -> SignupQuerySet:
    """What are places at workshops that have not begun, or were until a moment ago."""
    return Signup.objects.filter(placed_at__isnull=False, workshop__starts_at__gt=now)


@transaction.atomic
def _tell(change_id: int, *, now: datetime) -> int:
    changes = MemberChange.objects.to_tell().filter(pk=change_id).select_related("seller__market", "user")
    change = changes.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    if change is None:
        return 0
    change.to_tell = False
    change.save(update_fields=["to_tell"])
    return _put_right(change, now=now) if _is_read(change.user) else 0


def _is_read(person: User) -> bool:
    """Whether somebody reads what is sent to a person."""
    return person.is_active and not unreachable_among([person.email])


def _put_right(change: MemberChange, *, now: datetime) -> int:
    member = Member.objects.filter(seller=change.seller, user=change.user).first()
    if change.joined is not (member is not None):
        return 0  # a later change says how things stand
    if member is None:
        return _take_off(change, now=now)
    wants_none = Unsubscription.objects.filter(member=member, kind=Message.Kind.WORKSHOP).exists()
    return 0 if wants_none else _invite(change, now=now)


def _invite(change: MemberChange, *, now: datetime) -> int:
    """Of places that the seller has yet to be told of itself its members are told with it."""
    places = _coming(now=now).placed().filter(seller=change.seller, to_tell=False, workshop__cancelled_at=None)
    found = _by_workshop(places)
    for own in found:
        _send(change, own, now=now)
    return len(found)


def _take_off(change: MemberChange, *, now: datetime) -> int:
    """Also of places that the seller lost since the person left: nobody else tells them."""
    lost_since = Q(state=Signup.State.CANCELLED, cancelled_at__gte=change.changed_at)
    had = Q(state=Signup.State.PLACED) | lost_since
    found = _by_workshop(_coming(now=now).filter(had, seller=change.seller))
    return sum(_send(change, own, now=now) for own in found)


def _by_workshop(signups: SignupQuerySet) -> list[list[Signup]]:
    in_order = signups.select_related("workshop__city", "workshop__market__brand").order_by("workshop", "ordinal", "pk")
    return [list(own) for _, own in groupby(in_order, key=attrgetter("workshop_id"))]


def _send(change: MemberChange, own: Sequence[Signup], *, now: datetime) -> bool:
    """Of one workshop. Who left keeps the event if another of their sellers has a place, and is sent nothing."""
    workshop = own[0].workshop
    entry = entry_of(workshop, person=change.user)
    if entry.has_place is not change.joined:
        return False
    _method, file = invitation(workshop, entry, person=change.user, now=now)
    with translation.override(spoken(change.user.language or change.seller.market.language)):
        subject, body = _words(change, own, workshop)
        queue_account_email(
            to=change.user.email,
            subject=isolated(subject),
            body=body,
            look=str(change.seller.market_id),
            calendar=file.decode(),
            now=now,
            expires_at=min(now + NOTICE_LIFE, workshop.starts_at),
        )
    return True


def _words(change: MemberChange, own: Sequence[Signup], workshop: Workshop) -> tuple[str, str]:
    if change.joined:
        return member_wording.you_have_places(change.seller, own, link=portal_url(own[0].get_absolute_url()))
    return member_wording.you_left(change.seller, workshop)

"""Viewing as a seller: begun with a reason, ended by the person or by time; both stand in the trail."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from kit.jobs.failures import do_each
from kit.outcomes import Refused
from kit.texts.characters import has_visible

from .. import trail_notes
from ..models import VIEWING_LASTS, Seller, SellerViewing, SellerViewingQuerySet
from ..staff_scope import works_for
from .guards import own_sellers


@transaction.atomic
def begin_viewing(*, seller: Seller, reason: str, now: datetime, begun_by: User) -> SellerViewing:
    """Let somebody of the staff look at a seller's pages for half an hour; what they viewed before ends.

    Raises ``Refused`` without a reason (field ``reason``), and for a seller that they are a member of: they see its
    pages anyway.
    """
    if not has_visible(reason):
        raise Refused(_("Say why you look at the seller's pages."), field="reason")
    if own_sellers(people=[begun_by], seller_ids=[seller.pk]):
        raise Refused(_("You are a member of %(seller)s: open its pages as yourself.") % {"seller": seller})
    User.objects.select_for_update(no_key=True).get(pk=begun_by.pk)  # of two that begin at once, one is first
    for viewing in SellerViewing.objects.filter(person=begun_by, ended_at=None).select_related("seller", "person"):
        _end(viewing, now=now)
    viewing = SellerViewing.objects.create(
        seller=seller, person=begun_by, reason=reason.strip(), began_at=now, until=now + VIEWING_LASTS
    )
    note = trail_notes.viewing_begun(reason=viewing.reason)
    record(by=begun_by, action="view_as_seller", about=seller, note=note, now=now)
    return viewing


@transaction.atomic
def end_viewing(*, person: User, now: datetime) -> SellerViewing | None:
    """End what somebody views; the viewing that ended, ``None`` if there was none."""
    running = _lock(SellerViewing.objects.filter(person=person)).first()
    if running is not None:
        _end(running, now=now)
    return running


def end_viewings_over(*, now: datetime) -> int:
    """Note the end of those whose time is over, each for itself; how many there were."""
    ids = list(SellerViewing.objects.over(at=now).order_by("pk").values_list("pk", flat=True))
    return do_each(ids, lambda pk: _end_one(pk, now=now), what="Ending viewing")


@transaction.atomic
def _end_one(pk: int, *, now: datetime) -> bool:
    viewing = _lock(SellerViewing.objects.filter(pk=pk)).first()
    if viewing is not None:
        _end(viewing, now=now)
    return viewing is not None


def _lock(viewings: SellerViewingQuerySet) -> SellerViewingQuerySet:
    locked = viewings.filter(ended_at=None).select_for_update(no_key=True, skip_locked=True, of=("self",))
    return locked.select_related("seller", "person").order_by("pk")


def _end(viewing: SellerViewing, *, now: datetime) -> None:
    """Who works for the seller's market no more leaves no entry about it: then the portal does."""
    viewing.ended_at = max(viewing.began_at, min(now, viewing.until))
    viewing.save(update_fields=["ended_at"])
    minutes = round((viewing.ended_at - viewing.began_at).total_seconds() / 60)
    note = trail_notes.viewing_ended(person=viewing.person.email, minutes=minutes)
    by = viewing.person if works_for(viewing.person, viewing.seller.market_id) else None
    record(by=by, action="end_viewing", about=viewing.seller, note=note, now=now)

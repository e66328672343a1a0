"""Telling sellers of what they did themselves: a moment later, so that who signs up waits for no message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from inbox.services import MessageDraft
from kit.jobs.failures import do_each
from sellers.models import Market
from sellers.services import keep_books_open

from .. import messages
from ..models import Signup, Workshop
from .locking import share_places
from .seller_messages import by_seller, tell


def tell_of_own_places(*, clock: Callable[[], datetime]) -> int:
    """Tell sellers of the places that they took or gave back themselves; how many messages there were.

    The email puts the workshop into the calendars of the seller's members, or takes it off. Several processes may run
    this at once, and one may die: each place is told of once. What goes wrong with one workshop is logged, and tried
    again by the next call.
    """
    workshops = Signup.objects.to_tell().order_by("workshop").values_list("workshop", flat=True).distinct()
    return do_each(workshops, lambda pk: _tell_of_places(pk, now=clock()), what="Messages about places of workshop")


@transaction.atomic
def _tell_of_places(workshop_id: int, *, now: datetime) -> int:
    """One message for a seller's new places, and one for those it gave back. Sign-ups go on meanwhile."""
    keep_books_open(market_ids=Market.objects.order_by().values_list("pk", flat=True))
    share_places(workshop_id=workshop_id)
    workshop = Workshop.objects.select_related("city").get(pk=workshop_id)
    untold = workshop.signups.to_tell().select_related("seller__market").order_by("id")
    signups = list(untold.select_for_update(of=("self",), no_key=True, skip_locked=True))
    about = [(own[0], draft) for own in by_seller(signups) for draft in _drafts(own, workshop, now=now)]
    tell([signup for signup, _ in about], [draft for _, draft in about], now=now)
    Signup.objects.filter(pk__in=[signup.pk for signup in signups]).update(to_tell=False)
    return len(about)


def _drafts(own: Sequence[Signup], workshop: Workshop, *, now: datetime) -> list[MessageDraft]:
    """What a seller is told; nothing of what a host or the time has changed since, for that was told or is over."""
    if workshop.cancelled_at is not None or workshop.ends_at <= now:
        return []
    taken = [one for one in own if one.state == Signup.State.PLACED]
    given_back = [one for one in own if one.state == Signup.State.CANCELLED and not one.cancel_reason]
    drafts = [messages.places_taken(taken, workshop, now=now)] if taken else []
    return [*drafts, messages.places_given_back(given_back, workshop)] if given_back else drafts

"""What every write of the workshops app needs: its refusals, its locks, and telling sellers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from django.db import connection
from django.utils.translation import gettext as _

from inbox.events.models import Event
from inbox.events.services import EventDraft, record_events
from inbox.services import MessageDraft, post_messages
from kit.outcomes import Refused
from kit.texts.characters import has_visible
from sellers.models import Market
from sellers.services import keep_books_open

from ..models import Signup, Workshop


class ClosedForSignups(Refused):
    """The workshop takes no sign-ups: it is a draft, was cancelled, or has started."""


class WrongState(Refused):
    """The workshop or the sign-up is not in the state for this: published already, cancelled, a draft, not waiting."""


class MayNotCome(Refused):
    """This seller cannot come: it is not signed up to sell, of another market, or deactivated."""


class NotEnoughPlaces(Refused):
    """Fewer places are free than were asked for together, or a seller may have fewer."""


class TooLate(Refused):
    """The workshop has started or ended, or the seller was checked in."""


class CapacityTooLow(Refused):
    """More places are given than the new capacity has."""


class CheckInRefused(Refused):
    """Nobody can be checked in with this code now."""


def share_places(*, workshop_id: int) -> None:
    """Keep a workshop's places from being given back, passed on or changed in number until the transaction ends.

    Others who sign up go on meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT share_places(%s)", [workshop_id])


def lock_workshop(*, workshop_id: int) -> Workshop:
    """Lock a workshop and its places until the transaction ends: waits for who signs up, and keeps others waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT lock_places(%s)", [workshop_id])
    return Workshop.objects.select_for_update(no_key=True).get(pk=workshop_id)


def lock_workshop_to_tell(*, workshop_id: int) -> Workshop:
    """Lock a workshop whose people are told something: first the books, of every market, for sellers of any may come.

    Who they are is certain only once the workshop is locked, and books come before it.
    """
    keep_books_open(market_ids=Market.objects.order_by().values_list("pk", flat=True))
    return lock_workshop(workshop_id=workshop_id)


def reload_signup(signup: Signup) -> Signup:
    """A sign-up as it is now that its workshop is locked."""
    return Signup.objects.select_related("seller__market", "workshop", "checked_in_by", "checked_in_with").get(
        pk=signup.pk
    )


def save_revision(workshop: Workshop, fields: list[str], *, now: datetime) -> None:
    """Store what changed of a workshop that the caller has locked, as its next revision."""
    workshop.revision += 1
    workshop.changed_at = now
    workshop.save(update_fields=[*fields, "revision", "changed_at"])


def refuse_without_reason(reason: str) -> str:
    if not has_visible(reason):
        raise Refused(_("Say why; the seller reads it."), field="reason")
    return reason.strip()


def record_places(signups: Iterable[Signup], *, now: datetime) -> None:
    """Record for the marketplace's systems who was given a place, in each seller's own market."""
    kind = Event.Kind.PLACE_GIVEN
    in_markets = sorted(signups, key=lambda signup: signup.seller.market_id)
    for market_id, group in groupby(in_markets, key=lambda signup: signup.seller.market_id):
        drafts = [EventDraft(one.seller_id, kind, {"signup": one.pk, "workshop": one.workshop_id}) for one in group]
        record_events(market_id=market_id, drafts=drafts, now=now)


def by_seller(signups: Iterable[Signup]) -> list[list[Signup]]:
    """The sign-ups of each seller, its places before what waits; the sellers in the order of their ids."""
    rank = {Signup.State.PLACED: 0, Signup.State.WAITING: 1}
    in_order = sorted(signups, key=lambda one: (one.seller_id, rank.get(Signup.State(one.state), 2), one.pk))
    return [list(own) for _, own in groupby(in_order, key=lambda one: one.seller_id)]


def tell(signups: Iterable[Signup], drafts: Iterable[MessageDraft], *, now: datetime) -> dict[int, int]:
    """Post each sign-up's message in its seller's own market, the markets in a fixed order; their ids by sign-up."""
    pairs = sorted(zip(signups, drafts, strict=True), key=lambda pair: pair[0].seller.market_id)
    posted: list[int] = []
    for market, group in groupby(pairs, key=lambda pair: pair[0].seller.market):
        posted += post_messages(market=market, drafts=[draft for _, draft in group], now=now)
    return {signup.pk: message_id for (signup, _), message_id in zip(pairs, posted, strict=True)}

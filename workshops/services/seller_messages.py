"""Telling the sellers of sign-ups, and the marketplace's systems, each in the seller's own market."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from inbox.events.models import Event
from inbox.events.services import EventDraft, record_events
from inbox.services import MessageDraft, post_messages

from ..models import Signup


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

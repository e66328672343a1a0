"""Reading the feed of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from sellers.models import Market

from .models import Event, Feed, WebhookDelivery, WebhookEndpoint


class CursorTooOld(Exception):
    """Events that follow this place were deleted; ``first`` is the place before the first that is kept."""

    def __init__(self, first: int) -> None:
        super().__init__(first)
        self.first = first


class CursorAhead(Exception):
    """No event has this place yet; ``last`` is the last that was given."""

    def __init__(self, last: int) -> None:
        super().__init__(last)
        self.last = last


@dataclass(frozen=True)
class EventPage:
    """Events of a market in order, the place of the last, and whether there are more now."""

    events: Sequence[Event]
    position: int
    more: bool


def events_after(*, market: Market, position: int | None, limit: int) -> EventPage:
    """What follows a place in a market's feed; without one, from the first that is kept (2 queries).

    Raises ``CursorTooOld`` if something that followed the place is deleted, so that nothing is left out in silence.
    Raises ``CursorAhead`` for a place that nobody was given: of another market, or of before a backup was restored.
    """
    feed = Feed.objects.filter(market=market).first() or Feed(market=market)
    start = feed.deleted_until if position is None else position
    if start < feed.deleted_until:
        raise CursorTooOld(feed.deleted_until)
    if start > feed.position:
        raise CursorAhead(feed.position)
    rows = Event.objects.of_market(market).placed_after(start).select_related("seller", "market")
    found = list(rows[: limit + 1])
    events = found[:limit]
    return EventPage(events, events[-1].position or start if events else start, more=len(found) > limit)


@dataclass(frozen=True)
class MessagesWaiting:
    """What an endpoint has not got: messages that wait, and how many places of the feed it is behind beside them."""

    messages: int
    behind: int


def messages_waiting(endpoint: WebhookEndpoint) -> MessagesWaiting:
    """How much waits for an endpoint (2 queries). Of the feed not all need be of the kinds that it gets."""
    due_or_held = Q(due_at__isnull=False) | Q(held=True)
    messages = WebhookDelivery.objects.filter(due_or_held, endpoint=endpoint).count()
    feed = Feed.objects.filter(market=endpoint.market_id).first()
    return MessagesWaiting(messages, feed.position - endpoint.position if feed else 0)


def deliveries_due(*, limit: int, now: datetime) -> int:
    """How many messages could be sent now; ``limit`` if there are more."""
    return WebhookDelivery.objects.filter(due_at__lte=now)[:limit].count()


def endpoints_switched_off(*, as_of: datetime) -> QuerySet[WebhookEndpoint]:
    """Those that the portal switched off itself because they took nothing."""
    return WebhookEndpoint.objects.filter(disabled_at__lte=as_of, failing_since__isnull=False)

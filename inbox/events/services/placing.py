"""Giving events their places in the feed of their market, and deliveries to its endpoints."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from kit.jobs.failures import do_each
from kit.jobs.models import Priority
from sellers.models import Market

from ..models import Event, Feed, WebhookDelivery, WebhookEndpoint

EVENTS_PER_TRANSACTION = 5_000
"""How many events a transaction gives places, or deliveries."""
MAX_WAITING_DELIVERIES = 2_000
"""How many deliveries of an endpoint wait at most; the events after them wait in the feed."""


def place_events(*, now: datetime) -> int:
    """Give places to all events that were committed and have none; how many there were."""
    markets = Event.objects.unplaced().order_by().values_list("market_id", flat=True).distinct()
    return do_each(sorted(markets), _place_all, what="Giving places to the events of market")


def _place_all(market_id: int) -> int:
    placed = 0
    while step := _place_step(market_id):
        placed += step
    return placed


@transaction.atomic
def _place_step(market_id: int) -> int:
    """Whoever gives places waits for who does already: what it sees then has been committed, and in this order."""
    Feed.objects.get_or_create(market_id=market_id)
    feed = Feed.objects.select_for_update(no_key=True).get(market_id=market_id)
    with connection.cursor() as cursor:
        cursor.execute(PLACE, {"market": market_id, "after": feed.position, "step": EVENTS_PER_TRANSACTION})
        placed = int(cursor.rowcount)
    Feed.objects.filter(pk=feed.pk).update(position=F("position") + placed)
    return placed


# The next of a market in the order in which they were recorded, which is that of each seller.
PLACE = """
UPDATE events_event AS event SET position = %(after)s + next.number
FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS number FROM (
        SELECT id FROM events_event WHERE market_id = %(market)s AND position IS NULL ORDER BY id LIMIT %(step)s
    ) AS first
) AS next
WHERE event.id = next.id
"""


def queue_deliveries(*, now: datetime) -> int:
    """Make deliveries of what each endpoint has not been sent, as far as it has room; how many."""
    heads = dict(Feed.objects.values_list("market_id", "position"))
    endpoints = (
        WebhookEndpoint.objects.filter(disabled_at=None).order_by("pk").values_list("pk", "market_id", "position")
    )
    behind = [pk for pk, market_id, position in endpoints if position < heads.get(market_id, 0)]
    return do_each(behind, lambda pk: _queue(pk, now=now), what="Queueing events for endpoint")


@transaction.atomic
def _queue(endpoint_id: int, *, now: datetime) -> int:
    """Another worker that is at it already does it."""
    open_ones = WebhookEndpoint.objects.filter(pk=endpoint_id, disabled_at=None)
    endpoint = open_ones.select_for_update(no_key=True, skip_locked=True).first()
    room = MAX_WAITING_DELIVERIES - WebhookDelivery.objects.filter(endpoint=endpoint_id, due_at__isnull=False).count()
    if endpoint is None or room <= 0:
        return 0
    events = list(Event.objects.filter(market_id=endpoint.market_id).placed_after(endpoint.position)[:room])
    wanted = [event for event in events if not endpoint.kinds or event.kind in endpoint.kinds]
    WebhookDelivery.objects.bulk_create(_delivery(endpoint, event, now) for event in wanted)
    if events:
        WebhookEndpoint.objects.filter(pk=endpoint_id).update(position=events[-1].position)
    return len(wanted)


def _delivery(endpoint: WebhookEndpoint, event: Event, now: datetime) -> WebhookDelivery:
    priority: Priority = WebhookDelivery.priority_of(event.kind)
    return WebhookDelivery(
        endpoint=endpoint, event=event, made_at=now, due_at=now, lane=endpoint.market_id, priority=priority
    )


def head_of(market: Market) -> int:
    """The last place that was given in the feed of a market."""
    return Feed.objects.filter(market=market).values_list("position", flat=True).first() or 0

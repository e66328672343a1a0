"""Forgetting events that were kept long enough, with what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile

from django.db import transaction

from kit.database.clocks import check_clock
from kit.jobs.failures import logged_failure

from ..models import Event, Feed, WebhookDelivery, WebhookSecret

EVENT_KEPT_FOR = timedelta(days=30)
EVENTS_PER_TRANSACTION = 2_000


def prune_events(*, now: datetime) -> int:
    """Delete what happened more than 30 days ago, in small transactions; how many events.

    Only what has a place is deleted, and the feed notes up to where: who reads on from before is told. Raises
    ``ClockAhead`` where everything would look old.
    """
    check_clock(now=now)
    until, pruned = now - EVENT_KEPT_FOR, 0
    for feed in Feed.objects.order_by("pk"):
        with logged_failure(f"Pruning the events of market {feed.market_id}"):
            while step := _prune_step(feed.pk, until=until):
                pruned += step
    WebhookDelivery.objects.filter(event=None, made_at__lte=until).delete()
    WebhookSecret.objects.filter(expires_at__lte=now).delete()
    return pruned


@transaction.atomic
def _prune_step(feed_id: int, *, until: datetime) -> int:
    feed = Feed.objects.select_for_update(no_key=True).get(pk=feed_id)
    first = Event.objects.filter(market_id=feed.market_id).placed_after(feed.deleted_until)[:EVENTS_PER_TRANSACTION]
    rows = list(first.values_list("pk", "position", "recorded_at"))
    old = list(takewhile(lambda row: row[2] <= until, rows))
    if not old:
        return 0
    ids = [pk for pk, _position, _at in old]
    WebhookDelivery.objects.filter(event__in=ids).delete()
    Event.objects.filter(pk__in=ids).delete()
    Feed.objects.filter(pk=feed_id).update(deleted_until=old[-1][1])
    return len(old)

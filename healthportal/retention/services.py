"""Removing what is kept no longer: in small batches, each a transaction that notes how far it got."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction

from kit.database.clocks import check_clock
from kit.jobs.claims import LostClaim, claim, go_on, lock_claimed
from kit.jobs.failures import noted_failure
from sellers.models import Market

from .kinds import BY_NAME, KINDS, RetentionKind
from .models import Retention

BATCH = 1_000
"""Rows that are removed in one transaction."""

DAY = timedelta(days=1)

Clock = Callable[[], datetime]


@transaction.atomic
def prepare_retentions(*, now: datetime) -> None:
    """Have each kind of each market looked at once a day; what is new begins with the days of the table."""
    markets = list(Market.objects.values_list("pk", flat=True))
    wanted = [
        Retention(kind=kept.name, market_id=market, lane=market or 0, days=kept.days, due_at=now)
        for kept in KINDS
        for market in (markets if kept.of_market else [None])
    ]
    Retention.objects.bulk_create(wanted, ignore_conflicts=True)


def prune(*, clock: Clock, until: datetime) -> int:
    """Remove batches of what is old until nothing is or time is over, and return how many rows went.

    Several workers may do it at once; one that is killed leaves the others what it was at. Raises ``ClockAhead`` where
    everything would look old.
    """
    check_clock(now=clock())
    removed = 0
    while clock() < until and (claimed := claim(Retention.objects.all(), now=clock())):
        for retention in claimed:
            with noted_failure(retention, clock=clock), suppress(LostClaim):
                removed += _remove_batch(retention, now=clock())
    return removed


@transaction.atomic
def _remove_batch(retention: Retention, *, now: datetime) -> int:
    """One batch; then its turn comes again, tomorrow if nothing is left."""
    retention = lock_claimed(retention)
    count = _remove(BY_NAME[retention.kind], retention, now) if retention.kind in BY_NAME else 0
    is_done = count < BATCH
    outcome = {"removed": retention.removed + count} | ({"done_at": now} if is_done else {})
    go_on(retention, now=now + DAY if is_done else now, **outcome)
    return count


def _remove(kept: RetentionKind, retention: Retention, now: datetime) -> int:
    """Rows that somebody works on are left for another time."""
    old = kept.old_rows(retention.market_id, now - timedelta(days=retention.days))
    locked = old.select_for_update(skip_locked=True, of=("self",), no_key=True)
    ids = [row.pk for row in locked.only("pk")[:BATCH]]
    if ids:
        kept.remove(old.model._default_manager.filter(pk__in=ids))
    return len(ids)

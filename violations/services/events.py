"""What the marketplace's systems are told of violations, enforcement and appeals, as ids (docs/webhooks.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction

from inbox.events.models import Event
from inbox.events.services import EventDraft, record_events
from kit.database.clocks import check_clock

from ..models import Appeal, EnforcementAction, EnforcementActionQuerySet, Violation

STARTS_AT_ONCE = 1_000
"""Of how many actions one transaction records that they started."""


def record_voided(violations: Sequence[Violation], *, now: datetime) -> None:
    """Of violations of one market; there is at least one."""
    kind = Event.Kind.VIOLATION_VOIDED
    drafts = [EventDraft(one.seller_id, kind, {"violation": one.external_id}) for one in violations]
    record_events(market_id=violations[0].market_id, drafts=drafts, now=now)


def record_lifted(actions: Iterable[EnforcementAction], *, market_id: int, now: datetime) -> None:
    drafts = [EventDraft(action.seller_id, Event.Kind.ACTION_LIFTED, {"action": action.pk}) for action in actions]
    record_events(market_id=market_id, drafts=drafts, now=now)


def record_appeal(kind: Event.Kind, appeal: Appeal, *, now: datetime) -> None:
    data: dict[str, int | str] = {"appeal": appeal.pk, "violation": appeal.violation.external_id}
    if appeal.reason_code:
        data["reason_code"] = appeal.reason_code
    record_events(market_id=appeal.violation.market_id, drafts=[EventDraft(appeal.seller_id, kind, data)], now=now)


def record_starts(*, now: datetime) -> int:
    """Record of each action whose time has come that it started, a transaction for each thousand; how many did.

    Raises ``ClockAhead`` where that time has not come.
    """
    check_clock(now=now)
    recorded = 0
    while batch := _record_batch(now=now):
        recorded += batch
    return recorded


@transaction.atomic
def _record_batch(*, now: datetime) -> int:
    due = EnforcementAction.objects.start_to_record(as_of=now).order_by("starts_at", "id")
    locked = due.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)
    return _record(EnforcementAction.objects.filter(pk__in=list(locked[:STARTS_AT_ONCE])), now=now)


def record_starts_of(*, seller_ids: Collection[int], now: datetime) -> None:
    """The same of some sellers, whom the caller has locked and some of whose actions are about to be lifted."""
    due = EnforcementAction.objects.start_to_record(as_of=now).filter(seller_id__in=seller_ids).order_by("id")
    locked = due.select_for_update(no_key=True).values_list("pk", flat=True)
    _record(EnforcementAction.objects.filter(pk__in=list(locked)), now=now)


def _record(actions: EnforcementActionQuerySet, *, now: datetime) -> int:
    by_market: dict[int, list[EventDraft]] = defaultdict(list)
    for pk, seller_id, market_id, starts_at in actions.order_by("starts_at", "id").values_list(
        "pk", "seller_id", "seller__market_id", "starts_at"
    ):
        by_market[market_id].append(EventDraft(seller_id, Event.Kind.ACTION_STARTED, {"action": pk}, starts_at))
    for market_id, drafts in by_market.items():
        record_events(market_id=market_id, drafts=drafts, now=now)
    return actions.update(start_recorded_at=now) if by_market else 0

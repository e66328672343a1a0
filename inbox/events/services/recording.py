"""Recording what happened, in the transaction in which it happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.database.inserting import insert_rows
from sellers.models import Seller

from ..models import Event


@dataclass(frozen=True)
class EventDraft:
    """What happened to a seller. ``data`` names what it is about by ids, and holds nothing else."""

    seller_id: int
    kind: Event.Kind
    data: Mapping[str, int | str]
    happened_at: datetime | None = None
    """If it is not now that it happens."""


def record_events(*, market_id: int, drafts: Sequence[EventDraft], now: datetime) -> None:
    """Record what happened to sellers of one market, in the order given (one statement).

    Part of the caller's transaction: an event is there exactly if what it tells of is. Whoever holds a seller locked
    keeps the order of the seller's events.
    """
    insert_rows(Event, [_row(draft, now) for draft in drafts], shared={"market_id": market_id})


def _row(draft: EventDraft, now: datetime) -> dict[str, object]:
    return {
        "seller_id": draft.seller_id,
        "kind": draft.kind,
        "data": draft.data,
        "happened_at": draft.happened_at or now,
    }


def record_event(*, seller: Seller, kind: Event.Kind, data: Mapping[str, int | str], now: datetime) -> None:
    """The same of one seller and one thing that happened."""
    record_events(market_id=seller.market_id, drafts=[EventDraft(seller.pk, kind, data)], now=now)

"""Telling sellers of a change of their market's rules, and that one which was withdrawn does not come."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from inbox.models import Message
from inbox.services import SharedDraft, post_shared
from kit.jobs.claims import LostClaim, claim, finish, go_on, lock_claimed
from kit.jobs.failures import noted_failure
from sellers.models import Seller
from sellers.services import keep_books_open

from ..models import RulesChange

BATCH = 1_000


def announce_rules_batch(*, now: datetime, limit: int = BATCH) -> int | None:
    """Tell up to ``limit`` sellers of an approved change, and return how many; ``None`` if there is nobody to tell.

    Of one that was withdrawn nobody is told any more; those who had been are told that it does not come.
    """
    told = 0
    for change in (claimed := claim(RulesChange.objects.all(), now=now)):
        with noted_failure(change, clock=lambda: now), suppress(LostClaim):
            told = _announce_batch(change, now=now, limit=limit)
    return told if claimed else None


@transaction.atomic
def _announce_batch(claimed: RulesChange, *, now: datetime, limit: int) -> int:
    keep_books_open(market_ids=[claimed.market_id])
    change = lock_claimed(claimed)
    sellers = Seller.objects.filter(market=change.market, created_at__lte=change.approved_at)
    return (_announce if change.withdrawn_at is None else _announce_withdrawal)(change, sellers, now, limit)


def _announce(change: RulesChange, sellers: QuerySet[Seller], now: datetime, limit: int) -> int:
    ids = _next_ids(sellers.filter(pk__gt=change.last_seller_id), limit)
    post_shared(market=change.market, drafts=[_message(change, ids)], now=now)
    progress = {"last_seller_id": max([change.last_seller_id, *ids]), "told": change.told + len(ids)}
    if len(ids) == limit:
        go_on(change, now=now, **progress)
    else:
        finish(change, announced_at=now, **progress)
    return len(ids)


def _announce_withdrawal(change: RulesChange, sellers: QuerySet[Seller], now: datetime, limit: int) -> int:
    last = change.last_seller_id_of_withdrawal
    ids = _next_ids(sellers.filter(pk__gt=last, pk__lte=change.last_seller_id), limit)
    post_shared(market=change.market, drafts=[_withdrawal_message(change, ids)], now=now)
    progress = {
        "last_seller_id_of_withdrawal": max([last, *ids]),
        "told_of_withdrawal": change.told_of_withdrawal + len(ids),
    }
    if len(ids) == limit:
        go_on(change, now=now, **progress)
    else:
        finish(change, withdrawal_announced_at=now, **progress)
    return len(ids)


def _next_ids(sellers: QuerySet[Seller], limit: int) -> list[int]:
    return list(sellers.order_by("pk").values_list("pk", flat=True)[:limit])


def _withdrawal_message(change: RulesChange, seller_ids: Sequence[int]) -> SharedDraft:
    return _draft(change, seller_ids, Message.Template.RULES_CHANGE_WITHDRAWN, {"reason": change.withdraw_reason})


def _message(change: RulesChange, seller_ids: Sequence[int]) -> SharedDraft:
    facts = {"reason": change.reason, "numbers": change.numbers, "milestones": change.milestones}
    return _draft(change, seller_ids, Message.Template.RULES_CHANGED, facts)


def _draft(
    change: RulesChange, seller_ids: Sequence[int], template: Message.Template, facts: dict[str, object]
) -> SharedDraft:
    return SharedDraft(
        seller_ids=seller_ids,
        kind=Message.Kind.POLICY,
        template=template,
        about_kind="rules_change",
        about_id=change.pk,
        data={
            "market": change.market.name,
            "effective_from": change.effective_from.isoformat(),
            "zone": change.market.zone.key,
            **facts,
        },
    )

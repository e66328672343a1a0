"""Deciding about many held violations at once: for each seller all of theirs, or none and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction

from accounts.models import User
from kit.outcomes import Refused
from sellers.models import Seller
from sellers.services import keep_books_open, refuse_beyond_scope

from ..models import EnforcementAction, HeldViolation, PointsEntry
from .held_violations import drop_held
from .issuing_held import issue_held

MAX_HELD_BATCH = 200
"""Held violations that are decided about at once: it is one transaction."""


@dataclass(frozen=True)
class DecidedOfSeller:
    """What became, or would become, of what is held of one seller: its total, and what is imposed.

    ``refused`` says why nothing of it is done; empty if it is.
    """

    seller: Seller
    count: int
    before: int
    after: int
    actions: Sequence[EnforcementAction] = ()
    refused: str = ""


@transaction.atomic
def issue_held_batch(*, held: Iterable[HeldViolation], issued_by: User, now: datetime) -> list[DecidedOfSeller]:
    """Issue them, seller by seller in the order of their ids; of a seller whose one is refused none is issued."""
    held = list(held)
    _refuse_beyond_scope(held, issued_by)
    keep_books_open(market_ids={one.market_id for one in held})
    return _each_seller(held, lambda one: issue_held(held=one, issued_by=issued_by, now=now), now=now)


def preview_held_batch(*, held: Iterable[HeldViolation], issued_by: User, now: datetime) -> list[DecidedOfSeller]:
    """What ``issue_held_batch`` would do now, told by doing it and rolling it back."""
    with transaction.atomic():
        found = issue_held_batch(held=held, issued_by=issued_by, now=now)
        transaction.set_rollback(True)
    return found


@transaction.atomic
def drop_held_batch(
    *, held: Iterable[HeldViolation], reason: str, dropped_by: User, now: datetime
) -> list[DecidedOfSeller]:
    """Drop them for one reason, seller by seller, all or none of each."""
    held = list(held)
    _refuse_beyond_scope(held, dropped_by)
    return _each_seller(held, lambda one: drop_held(held=one, reason=reason, dropped_by=dropped_by, now=now), now=now)


def _refuse_beyond_scope(held: Iterable[HeldViolation], person: User) -> None:
    for market_id in sorted({one.market_id for one in held}):
        refuse_beyond_scope(person=person, market_id=market_id)


def _each_seller(
    held: Iterable[HeldViolation], decide: Callable[[HeldViolation], object], *, now: datetime
) -> list[DecidedOfSeller]:
    rows = sorted(held, key=lambda one: (one.seller_id, one.pk))
    return [_decide(list(of_seller), decide, now=now) for _, of_seller in groupby(rows, key=lambda one: one.seller_id)]


def _decide(
    rows: Sequence[HeldViolation], decide: Callable[[HeldViolation], object], *, now: datetime
) -> DecidedOfSeller:
    seller, before = rows[0].seller, _total(rows[0].seller_id, now)
    try:
        with transaction.atomic():
            for held in rows:
                decide(held)
    except Refused as refused:
        return DecidedOfSeller(seller, len(rows), before, before, refused=str(refused))
    actions = EnforcementAction.objects.filter(violation__held__in=[one.pk for one in rows])
    return DecidedOfSeller(
        seller, len(rows), before, _total(seller.pk, now), list(actions.order_by("milestone_points", "pk"))
    )


def _total(seller_id: int, now: datetime) -> int:
    return PointsEntry.objects.filter(seller=seller_id).counting(as_of=now).total()

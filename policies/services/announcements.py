"""Telling sellers of new policy versions: batch by batch, after the publication and outside its transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.jobs.claims import LostClaim, claim, finish, go_on, lock_claimed
from kit.jobs.failures import noted_failure
from sellers.models import Market, Seller
from sellers.services import keep_books_open

from ..models import PolicyAnnouncement, PolicyVersion
from ..selectors import version_before

BATCH = 1_000
"""Sellers told in one transaction."""


def sellers_to_tell(*, market: Market, published_at: datetime) -> QuerySet[Seller]:
    """Who is told of a version: the market's sellers that were there when it was published, in the order of their ids.

    Who came later found it on the policy's page from the first day.
    """
    return Seller.objects.filter(market=market, created_at__lte=published_at).order_by("id")


def announce_changes(*, clock: Callable[[], datetime], batch: int = BATCH) -> int:
    """Tell everybody who is to learn of a policy's new version, in batches, and return how many sellers were told.

    Several processes may run this at once: markets take turns, and no seller is told twice. What goes wrong in one
    market is logged and tried again later; the other markets are told meanwhile.
    """
    told = 0
    while (number := announce_batch(now=clock(), limit=batch)) is not None:
        told += number
    return told


def announce_batch(*, now: datetime, limit: int = BATCH) -> int | None:
    """Tell up to ``limit`` sellers, each in one message, and return how many; ``None`` if nobody is to be told now."""
    announcements = PolicyAnnouncement.objects.select_related("version__policy", "market")
    told = 0
    for announcement in (claimed := claim(announcements, now=now)):
        with noted_failure(announcement, clock=lambda: now), suppress(LostClaim):
            told = _announce_batch(announcement, now=now, limit=limit)
    return told if claimed else None


@transaction.atomic
def _announce_batch(announcement: PolicyAnnouncement, *, now: datetime, limit: int) -> int:
    """The messages and how far they got are one transaction."""
    version, market = announcement.version, announcement.market
    assert version.published_at is not None  # noqa: S101  # announcements are made when a version is published
    keep_books_open(market_ids=[market.pk])
    last = lock_claimed(announcement).last_seller_id
    sellers = sellers_to_tell(market=market, published_at=version.published_at)
    ids = list(sellers.filter(pk__gt=last).values_list("pk", flat=True)[:limit])
    draft = _draft(version, market=market)
    post_messages(market=market, drafts=[replace(draft, seller_id=pk) for pk in ids], now=now)
    progress = {"last_seller_id": max([last, *ids]), "told": F("told") + len(ids)}
    if len(ids) == limit:
        go_on(announcement, now=now, **progress)
    else:
        finish(announcement, done_at=now, **progress)
    return len(ids)


def _draft(version: PolicyVersion, *, market: Market) -> MessageDraft:
    """What is told of a version, to be addressed to each seller (1 query)."""
    assert version.effective_from is not None  # noqa: S101  # published versions have a date
    old = version_before(version)
    if old is None:
        template, more = Message.Template.POLICY_ADDED, {"requirement": version.requirement}
    else:
        template, more = Message.Template.POLICY_CHANGED, _change(old, version)
    return MessageDraft(
        seller_id=0,
        kind=Message.Kind.POLICY,
        template=template,
        about_kind="policy_version",
        about_id=version.pk,
        data=_facts(version, version.effective_from, zone=market.zone.key) | more,
    )


def _facts(version: PolicyVersion, effective_from: datetime, *, zone: str) -> dict[str, Any]:
    return {
        "policy": str(version.policy),
        "code": version.policy.code,
        "number": version.number,
        "effective_from": effective_from.isoformat(),
        "zone": zone,
        "at_once": version.at_once,
        "immediate_reason": version.immediate_reason,
        "change_summary": version.change_summary,
        "points": version.points,
    }


def _change(old: PolicyVersion, new: PolicyVersion) -> dict[str, Any]:
    return {"points_before": old.points, "severity": new.severity, "severity_before": old.severity}

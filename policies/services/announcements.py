"""Telling sellers of new policy versions: batch by batch, after the publication and outside its transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.jobs.failures import logged_failure
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
    """Tell everybody who is to be told of a policy's new version, in batches, and return how many sellers were told.

    Several processes may run this at once: each takes another market, and none tells a seller twice. What goes wrong in
    one market is logged and tried again by the next call; the other markets are told meanwhile.
    """
    told = 0
    waiting = PolicyAnnouncement.objects.filter(done_at=None).order_by("id").values_list("pk", flat=True)
    for pk in list(waiting):
        with logged_failure(f"Policy announcement {pk}"):
            while (number := announce_batch(now=clock(), limit=batch, announcement_id=pk)) is not None:
                told += number
    return told


@transaction.atomic
def announce_batch(*, now: datetime, limit: int = BATCH, announcement_id: int | None = None) -> int | None:
    """Tell up to ``limit`` sellers, each in one message, and return how many; ``None`` if there is nobody to tell.

    What another process is busy with is left to it. The messages and how far they got are one transaction. Which
    announcement is free shows only when its row is locked, so the books of every market that is to be told come first.
    """
    waiting = PolicyAnnouncement.objects.filter(done_at=None)
    if announcement_id is not None:
        waiting = waiting.filter(pk=announcement_id)
    keep_books_open(market_ids=waiting.order_by().values_list("market_id", flat=True).distinct())
    pending = waiting.select_related("version__policy", "market").order_by("id")
    announcement = pending.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if announcement is None:
        return None
    version, market = announcement.version, announcement.market
    assert version.published_at is not None  # noqa: S101  # announcements are made when a version is published
    sellers = sellers_to_tell(market=market, published_at=version.published_at)
    ids = list(sellers.filter(pk__gt=announcement.last_seller_id).values_list("pk", flat=True)[:limit])
    draft = _draft(version, market=market)
    drafts = [replace(draft, seller_id=pk) for pk in ids]
    post_messages(market=market, drafts=drafts, now=now)
    progress = {"last_seller_id": ids[-1], "told": F("told") + len(ids)} if ids else {}
    done_at = None if len(ids) == limit else now
    PolicyAnnouncement.objects.filter(pk=announcement.pk).update(done_at=done_at, **progress)
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

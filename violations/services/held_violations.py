"""Violations that are held while their detector is in doubt: kept as they were sent, until staff decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from kit.outcomes import Outcome, Refused, Result
from kit.texts.characters import has_visible
from sellers.services import ContentDraft, keep_books_open, lock_seller, lock_seller_ids, refuse_to_decide

from .. import trail_notes
from ..models import DetectorAlarm, HeldViolation
from ..wording import detectors as wording
from ..wording import faults
from .accepting import Accepted, DraftBatch
from .drafts import ViolationDraft


def hold_back(batch: DraftBatch, accepted: list[Accepted]) -> list[Accepted]:
    """Keep those whose detector is held, and answer for them; gives the others (2 queries if a detector is named)."""
    named = [one for one in accepted if one.draft.detector]
    if batch.is_reviewed or not named:
        return accepted
    known = _known(batch, named)
    alarms = _holding(batch, named)
    held = []
    for one in named:
        if one.draft.external_id in known:
            batch.outcomes[one.index] = _answer(one.draft, known[one.draft.external_id])
        elif one.draft.detector in alarms:
            held.append(_row(batch, one, alarms[one.draft.detector]))
            batch.outcomes[one.index] = Outcome(one.draft.external_id, Result.HELD)
    HeldViolation.objects.bulk_create(held, ignore_conflicts=True)  # another call holds the same
    return [one for one in accepted if one.index not in batch.outcomes]


def _known(batch: DraftBatch, named: Sequence[Accepted]) -> dict[str, HeldViolation]:
    ids = [one.draft.external_id for one in named]
    return {held.external_id: held for held in HeldViolation.objects.filter(market=batch.market, external_id__in=ids)}


def _holding(batch: DraftBatch, named: Sequence[Accepted]) -> dict[str, DetectorAlarm]:
    detectors = {one.draft.detector for one in named}
    alarms = DetectorAlarm.objects.holding().filter(market=batch.market, detector__in=detectors)
    return {alarm.detector: alarm for alarm in alarms}


def _answer(draft: ViolationDraft, held: HeldViolation) -> Outcome:
    if held.fingerprint != draft.fingerprint:
        return Outcome(draft.external_id, Result.REFUSED, None, "external_id", faults.id_used_before())
    if held.decided_at is None:
        return Outcome(draft.external_id, Result.HELD)
    return Outcome(draft.external_id, Result.REFUSED, None, "external_id", wording.dropped_before())


def _row(batch: DraftBatch, one: Accepted, alarm: DetectorAlarm) -> HeldViolation:
    return HeldViolation(
        alarm=alarm,
        market=batch.market,
        seller_id=one.seller_id,
        external_id=one.draft.external_id,
        fingerprint=one.draft.fingerprint,
        draft=as_data(one.draft),
        source=batch.source,
        received_at=batch.recorded_at,
    )


def as_data(draft: ViolationDraft) -> dict[str, Any]:
    """A draft as JSON keeps it."""
    content = draft.content and {**vars(draft.content), "published_at": _iso(draft.content.published_at)}
    return {**vars(draft), "issued_at": _iso(draft.issued_at), "content": content}


def as_draft(data: Mapping[str, Any]) -> ViolationDraft:
    """The draft that was kept; its fingerprint is the one of what was sent."""
    content = data["content"] and ContentDraft(
        **{**data["content"], "published_at": _moment(data["content"]["published_at"])}
    )
    return ViolationDraft(**{**data, "issued_at": datetime.fromisoformat(data["issued_at"]), "content": content})


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@transaction.atomic
def drop_held(*, held: HeldViolation, reason: str, dropped_by: User, now: datetime) -> HeldViolation:
    """Do not issue it, and tell nobody. Raises ``Refused`` without a reason, and for one that is decided."""
    if not has_visible(reason):
        raise Refused(wording.give_a_reason(), field="reason")
    seller = lock_seller(seller_id=held.seller_id)
    refuse_to_decide(person=dropped_by, seller=seller)
    held = locked_held(held.pk)
    before = snapshot(held)
    held.decided_at, held.decided_by, held.reason = now, dropped_by, reason.strip()
    held.save(update_fields=["decided_at", "decided_by", "reason"])
    note = trail_notes.held_dropped(reason=held.reason)
    record(by=dropped_by, action="drop", about=held, note=note, before=before, now=now)
    return held


def locked_held(pk: int) -> HeldViolation:
    """One that waits. Raises ``Refused`` for one that is decided."""
    held = HeldViolation.objects.select_for_update(no_key=True, of=("self",)).select_related("market").get(pk=pk)
    if held.decided_at is not None:
        raise Refused(wording.decided_already(held))
    return held


def lock_its_seller(held: HeldViolation) -> None:
    """The books, then the seller, before the row itself: as whoever records."""
    keep_books_open(market_ids=[held.market_id])
    lock_seller_ids(market=held.market, external_ids=[held.draft["seller_external_id"]])

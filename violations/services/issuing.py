"""Issuing violations. A batch is the only implementation; a single one is a batch of one.

A batch takes the same number of statements however many violations it has: lock the sellers in id order, insert what
is new, assess points, find the milestones reached, impose actions, post messages. Rows are plain values by column and
go in by ``insert_rows``: model instances take several times as long as the database does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from inbox.events.models import Event
from inbox.events.services import EventDraft, record_events
from inbox.models import Message
from inbox.services import Concern, MessageDraft, post_messages
from kit.database.inserting import insert_rows, next_ids
from kit.outcomes import Outcome, Refused, Result
from kit.texts.characters import has_visible
from sellers.models import Content, Market
from sellers.services import ContentKey, keep_content

from .. import trail_notes
from ..models import PointsEntry, Violation
from ..wording import faults
from .accepting import Accepted, DraftBatch, accept, answer_known, find_present, read_batch
from .drafts import ViolationDraft
from .enforcement import Assessment, impose_actions
from .held_violations import hold_back


def issue_violation(
    *, market: Market, draft: ViolationDraft, source: str, now: datetime, issued_by: User | None = None
) -> Violation:
    """Issue one violation. Raises ``Refused``, naming the field, if it cannot be issued."""
    (outcome,) = issue_violations(market=market, drafts=[draft], source=source, now=now, issued_by=issued_by)
    if outcome.result is Result.HELD:
        raise Refused(faults.is_held(draft.detector), field="detector")
    if outcome.result is Result.REFUSED:
        raise Refused(outcome.reason, field=outcome.field)
    violation = Violation.objects.get(market=market, external_id=draft.external_id)
    if outcome.result is Result.CREATED:
        version = violation.policy_version
        note = trail_notes.issued(seller=str(violation.seller), policy=str(version.policy), version=version.number)
        record(by=issued_by, action="add", about=violation, note=note, before={}, now=now)
    return violation


@transaction.atomic
def issue_violations(
    *,
    market: Market,
    drafts: Sequence[ViolationDraft],
    source: str,
    now: datetime,
    issued_by: User | None = None,
    involved: Collection[User] = (),
    is_reviewed: bool = False,
) -> list[Outcome]:
    """Issue a batch of violations of one market and answer for each draft, in the order given.

    - A draft whose external id is known is already there if everything else is the same too. Else it is refused.
    - A refused draft never keeps a good one from being issued.
    - ``involved`` are the people with a part in it besides ``issued_by``. A draft about a seller of one of them is
      refused.
    - Points count from ``issued_at``. The violation is recorded at ``now``, or later: at the end of the market's closed
      books, or with the last record of these sellers.
    - Content is judged by the date that the portal knows, which no draft contradicts.
    - What a held detector found is kept for staff, unless ``is_reviewed``: then somebody decided about it.

    The audit trail has the upload or the import that a batch is part of. Each violation names it as its source.
    """
    batch = read_batch(market=market, drafts=drafts, source=source, now=now, issued_by=issued_by, involved=involved)
    batch.is_reviewed = is_reviewed
    if accepted := hold_back(batch, accept(batch)):
        issued = _insert_violations(batch, accepted)
        assessments = _assess_points(batch, issued)
        _record_issued(batch, issued)
        _tell_issued(batch, issued)
        impose_actions(market=market, assessments=assessments, now=batch.recorded_at)
    return batch.answers


def _insert_violations(batch: DraftBatch, accepted: list[Accepted]) -> list[Accepted]:
    """Insert the accepted drafts. One that another transaction issued meanwhile is answered as known."""
    _complete(batch, accepted)
    shared = {
        "market_id": batch.market.pk,
        "recorded_at": batch.recorded_at,
        "appeal_until": batch.market.appeal_until(batch.recorded_at),
        "decided_market": batch.market.name,
        "decided_zone": batch.market.zone.key,
        "issued_by_id": batch.issued_by and batch.issued_by.pk,
        "source": batch.source,
        "void_reason": "",
    }
    rows = [_violation_row(a, is_reviewed=batch.is_reviewed) for a in accepted]
    inserted = insert_rows(Violation, rows, shared=shared, ignore_conflicts=True)
    _answer_others(batch, [a for a in accepted if a.id not in inserted])
    issued = [a for a in accepted if a.id in inserted]
    for a in issued:
        batch.outcomes[a.index] = Outcome(
            a.draft.external_id, Result.CREATED, a.id, recorded_at=batch.recorded_at, is_over=a.is_over
        )
    return issued


def _complete(batch: DraftBatch, accepted: list[Accepted]) -> None:
    """Give accepted drafts their ids and their content.

    They come in the order of external ids: two batches that share some wait for each other in one direction only.
    """
    content_ids = _keep_content(batch)
    accepted.sort(key=lambda a: a.draft.external_id)
    for pk, a in zip(next_ids(Violation, len(accepted)), accepted, strict=True):
        a.id, a.content_id = pk, content_ids[a.content_key] if a.content_key else None


def _answer_others(batch: DraftBatch, others: list[Accepted]) -> None:
    stored = find_present(batch.market, [a.draft.external_id for a in others]) if others else {}
    for a in others:
        batch.outcomes[a.index] = answer_known(a.draft, *stored[a.draft.external_id])


def _written(text: str) -> str:
    """A text without the space around it, empty if nobody would see anything of it."""
    return text.strip() if has_visible(text) else ""


def _keep_content(batch: DraftBatch) -> dict[ContentKey, int]:
    """Write what is new of the content of the batch; the ids of all of it."""
    fresh = [key for key, content in batch.content.items() if content.id is None]
    for key, pk in zip(fresh, next_ids(Content, len(fresh)) if fresh else [], strict=True):
        batch.content[key] = batch.content[key]._replace(id=pk)
    keep_content(batch.content, before=batch.content_before)
    return {key: content.id for key, content in batch.content.items() if content.id}


def _violation_row(accepted: Accepted, *, is_reviewed: bool) -> dict[str, object]:
    draft, version, content = accepted.draft, accepted.version, accepted.content
    return {
        "id": accepted.id,
        "seller_id": accepted.seller_id,
        "policy_version_id": version.id,
        "policy_name": version.policy,
        "content_id": accepted.content_id,
        "content_kind": content.kind if content else "",
        "content_title": content.title if content else "",
        "content_url": content.url if content else "",
        "content_published_at": content and content.published_at,
        "position_seconds": draft.position_seconds,
        "external_id": draft.external_id,
        "fingerprint": draft.fingerprint,
        "issued_at": draft.issued_at,
        "decided_points": version.points,
        "decided_until": accepted.expires_at if version.points else None,
        "decision": _written(draft.decision),
        "facts": draft.facts,
        **_how_found(draft, is_reviewed=is_reviewed),
        "policy_section": _written(draft.policy_section),
        "explanation": _written(draft.explanation) or version.breach,
    }


def _how_found(draft: ViolationDraft, *, is_reviewed: bool) -> dict[str, object]:
    """Who found it and who decided: what staff issue that was held, a person decided."""
    return {
        "detection": draft.detection,
        "automated": draft.automated and not is_reviewed,
        "detector": draft.detector,
        "detector_version": draft.detector_version,
    }


def _assess_points(batch: DraftBatch, issued: list[Accepted]) -> list[Assessment]:
    """Enter the points of the violations that have any into the ledger."""
    assessments = [
        Assessment(
            violation_id=a.id,
            external_id=a.draft.external_id,
            seller_id=a.seller_id,
            points=a.version.points,
            effective_at=a.draft.issued_at,
            expires_at=a.expires_at,
            reason=a.version.policy,
        )
        for a in issued
        if a.version.points
    ]
    shared = {
        "kind": PointsEntry.Kind.ASSESSMENT,
        "source": PointsEntry.Source.VIOLATION,
        "recorded_at": batch.recorded_at,
        "created_by_id": batch.issued_by and batch.issued_by.pk,
    }
    insert_rows(PointsEntry, [_entry_row(assessment) for assessment in assessments], shared=shared)
    return assessments


def _entry_row(assessment: Assessment) -> dict[str, object]:
    return {
        "violation_id": assessment.violation_id,
        "seller_id": assessment.seller_id,
        "points": assessment.points,
        "effective_at": assessment.effective_at,
        "expires_at": assessment.expires_at,
        "reason": assessment.reason,
    }


def _record_issued(batch: DraftBatch, issued: list[Accepted]) -> None:
    kind = Event.Kind.VIOLATION_ISSUED
    drafts = [EventDraft(a.seller_id, kind, {"violation": a.draft.external_id}) for a in issued]
    record_events(market_id=batch.market.pk, drafts=drafts, now=batch.recorded_at)


def _tell_issued(batch: DraftBatch, issued: list[Accepted]) -> None:
    drafts = [
        MessageDraft(
            seller_id=a.seller_id,
            kind=Message.Kind.VIOLATION,
            template=Message.Template.VIOLATION_ISSUED,
            about_kind="violation",
            about_id=a.id,
            data=_told(batch.market, a),
            concerns=_concern(a),
        )
        for a in issued
    ]
    post_messages(market=batch.market, drafts=drafts, now=batch.recorded_at)


def _concern(accepted: Accepted) -> Concern | None:
    content = accepted.content
    if content is None or accepted.content_id is None:
        return None
    return Concern(accepted.content_id, content.kind, content.title, content.url)


def _told(market: Market, accepted: Accepted) -> dict[str, object]:
    """The facts of the message. In the marketplace's own words a decision may promise points that are over."""
    return {
        "policy": accepted.version.policy,
        "points": accepted.version.points,
        "counts_until": accepted.expires_at.isoformat(),
        "zone": market.zone.key,
        "market": market.name,
        "is_over": accepted.is_over,
        "decision": _written(accepted.draft.decision),
        "facts": accepted.draft.facts,
    }

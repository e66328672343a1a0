"""The check of an upload: what its import would do if nothing else happened meanwhile.

The same service issues the file's violations as in the import. Each batch is rolled back. What a later batch would meet
of an earlier one is carried along: an external id that comes again, points that add up. Locks are held for one batch
only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum

from kit.jobs.claims import lock_claimed
from kit.outcomes import Outcome, Result
from kit.tables.readers import FileLines, Row
from sellers.models import Seller

from .. import rules
from ..models import PointsEntry, Upload
from ..services import ViolationDraft, issue_isolating_failures
from ..wording.faults import id_used_before
from .row_batches import RowBatch
from .upload_progress import batches_of, note_batch, start_over, wait_for_nobody

SHOWN_SELLERS = 20
SELLERS_AT_ONCE = 1000


@dataclass
class _Tally:
    """What the batches so far would have done: the ids they would have taken, and the points they would have added."""

    taken: dict[str, str] = field(default_factory=dict)
    added: Counter[int] = field(default_factory=Counter)
    sellers: set[str] = field(default_factory=set)

    def try_out(self, upload: Upload, batch: RowBatch, *, now: datetime) -> list[Outcome]:
        """What would become of the drafts of a batch, one answer for each."""
        known = {index: o for index, (_, draft) in enumerate(batch.good) if (o := self._taken(draft))}
        tried = [(index, draft) for index, (_, draft) in enumerate(batch.good) if index not in known]
        outcomes = known | dict(zip([index for index, _ in tried], self._issue(upload, tried, now=now), strict=True))
        return [outcomes[index] for index in range(len(batch.good))]

    def _taken(self, draft: ViolationDraft) -> Outcome | None:
        fingerprint = self.taken.get(draft.external_id)
        if fingerprint is None:
            return None
        if fingerprint == draft.fingerprint:
            return Outcome(draft.external_id, Result.PRESENT)
        return Outcome(draft.external_id, Result.REFUSED, None, "external_id", id_used_before())

    def _issue(self, upload: Upload, tried: list[tuple[int, ViolationDraft]], *, now: datetime) -> list[Outcome]:
        drafts = [draft for _, draft in tried]
        outcomes, assessed = _tried(upload, drafts, now=now)
        for seller_id, points in assessed:
            self.added[seller_id] += points
        for draft, outcome in zip(drafts, outcomes, strict=True):
            if outcome.result is Result.CREATED:
                self.taken[draft.external_id] = draft.fingerprint
                self.sellers.add(draft.seller_external_id)
        return outcomes


def _tried(
    upload: Upload, drafts: list[ViolationDraft], *, now: datetime
) -> tuple[list[Outcome], list[tuple[int, int]]]:
    """What issuing would answer, and the points that count then by seller; nothing of it stays."""
    with transaction.atomic():
        outcomes = issue_isolating_failures(
            market=upload.market, drafts=drafts, source=upload.source, now=now, involved=[upload.uploaded_by]
        )
        created = [o.record_id for o in outcomes if o.result is Result.CREATED and o.record_id]
        entries = PointsEntry.objects.filter(violation_id__in=created).counting(as_of=now).order_by()
        assessed = list(entries.values_list("seller_id", "points"))
        transaction.set_rollback(True)
    return outcomes, assessed


def check_upload(upload: Upload, lines: FileLines, rows: Iterator[Row], clock: Callable[[], datetime]) -> None:
    """Find out what an import would do. A check that was interrupted starts over: it has left nothing but problems."""
    with transaction.atomic():
        upload = lock_claimed(upload)
        start_over(upload)
        upload.save()
    tally = _Tally()
    for batch in batches_of(rows):
        now = clock()
        outcomes = tally.try_out(upload, batch, now=now)
        with transaction.atomic():
            upload = lock_claimed(upload)
            note_batch(upload, lines, batch, outcomes, now=now)
    preview = _preview(upload, tally, now=clock())
    with transaction.atomic():
        upload = lock_claimed(upload)
        upload.preview, upload.state = preview, Upload.State.CHECKED
        wait_for_nobody(upload)
        upload.save()


@dataclass
class _Crossing:
    """A seller whose total would reach milestones."""

    seller_id: int
    before: int
    after: int
    milestones: Sequence[int]


def _preview(upload: Upload, tally: _Tally, *, now: datetime) -> dict[str, Any]:
    """What the import would do, in numbers that stay as they are."""
    milestones = {milestone.points: milestone for milestone in upload.market.milestones.in_force(as_of=now)}
    crossings = _crossings(tally.added, milestones, as_of=now)
    reached = Counter(points for crossing in crossings for points in crossing.milestones)
    actions: Counter[str] = Counter()
    for points, count in reached.items():
        actions[milestones[points].kind] += count
    return {
        "at": now.isoformat(),
        "rows": upload.rows,
        "created": upload.created,
        "present": upload.present,
        "held": upload.held,
        "refused": upload.refused,
        "over": upload.over,
        "sellers": len(tally.sellers),
        "milestones": [
            {"points": points, "kind": milestones[points].kind, "sellers": count}
            for points, count in sorted(reached.items())
        ],
        "actions": dict(actions),
        "shown": _shown(crossings),
    }


def _crossings(added: Mapping[int, int], milestones: Collection[int], *, as_of: datetime) -> list[_Crossing]:
    """The sellers whose total would reach a milestone, in id order.

    An import only ever raises a total. So the milestones that it reaches are those between the totals before and after,
    whatever the order of the rows.
    """
    found = []
    ids = sorted(added)
    for start in range(0, len(ids), SELLERS_AT_ONCE):
        part = ids[start : start + SELLERS_AT_ONCE]
        counting = PointsEntry.objects.filter(seller_id__in=part).counting(as_of=as_of).order_by()
        totals = dict(counting.values_list("seller_id").annotate(total=Sum("points")))
        for seller_id in part:
            before = totals.get(seller_id, 0)
            after = before + added[seller_id]
            if crossed := rules.reached(before=before, after=after, thresholds=milestones):
                found.append(_Crossing(seller_id, before, after, crossed))
    return found


def _shown(crossings: Sequence[_Crossing]) -> list[dict[str, Any]]:
    """Those that would stand highest, with their names."""
    highest = sorted(crossings, key=lambda crossing: -crossing.after)[:SHOWN_SELLERS]
    sellers = Seller.objects.in_bulk([crossing.seller_id for crossing in highest])
    return [
        {
            "seller": one.seller_id,
            "before": one.before,
            "after": one.after,
            "milestones": list(one.milestones),
            "name": sellers[one.seller_id].name,
            "external_id": sellers[one.seller_id].external_id,
        }
        for one in highest
    ]

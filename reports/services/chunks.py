"""Working on the chunks of a run, which are jobs: building and announcing them, trying again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import QuerySet

from audit.services import Actor, record
from audit.snapshots import snapshot
from audit.trail_notes import retried
from inbox.events.models import Event
from inbox.events.services import EventDraft, record_events
from inbox.models import Message
from inbox.services import SharedDraft, post_shared
from kit.jobs.claims import LostClaim, claim, claim_named, fail, finish, lock_claimed
from kit.jobs.failures import in_words, noted_failure
from kit.outcomes import Refused
from sellers.services import keep_books_open

from .. import trail_notes
from ..build_statement import insert_reports
from ..models import ReportChunk, ReportChunkQuerySet, ReportRun, WeeklyReport
from ..wording import runs as wording

CHUNKS: ReportChunkQuerySet = ReportChunk.objects.select_related("run__market")


def claim_chunk(*, now: datetime) -> ReportChunk | None:
    """The next chunk to build or to announce that is due, for the caller alone; ``None`` if there is none.

    One whose worker was lost becomes due again; one that failed or lost its worker too often waits for staff.
    """
    return next(iter(claim(CHUNKS, now=now)), None)


def work_on_chunk(*, chunk: ReportChunk, clock: Callable[[], datetime]) -> None:
    """Do the step that a claimed chunk is at. What goes wrong is logged and noted at it, and it is due again later."""
    with noted_failure(chunk, clock=clock), suppress(LostClaim):
        (_build if chunk.done_at is None else _announce)(chunk, clock())


def build_chunk(*, chunk_id: int, now: datetime, wait: bool = False) -> bool:
    """Build the reports of one chunk's sellers, all or none.

    ``False`` if there is nothing to do for this caller:

    - It was done.
    - Another worker has it now.
    - It is not to be tried yet, or any more.

    With ``wait`` it waits for that worker, and asks only whether it is done. What goes wrong is noted at the chunk,
    which is due again after a while, and raised.
    """
    return _work_on_named(CHUNKS.filter(pk=chunk_id).to_build(), _build, now=now, wait=wait)


def announce_chunk(*, chunk_id: int, now: datetime, wait: bool = False) -> bool:
    """Tell a chunk's sellers that their reports are published, all or none; otherwise as ``build_chunk``."""
    return _work_on_named(CHUNKS.filter(pk=chunk_id).to_announce(), _announce, now=now, wait=wait)


Step = Callable[[ReportChunk, datetime], None]


def _work_on_named(chunks: ReportChunkQuerySet, step: Step, *, now: datetime, wait: bool) -> bool:
    if wait:
        chunks.given_up().update(due_at=now, given_up_at=None, attempts=0)
    chunk = claim_named(chunks, now=now, wait=wait)
    if chunk is None:
        return False
    try:
        step(chunk, now)
    except LostClaim:  # Somebody who builds by hand was quicker.
        return False
    except Exception as error:
        fail(chunk, error=in_words(error), now=now)
        raise
    return True


@transaction.atomic
def retry_chunk(*, chunk_id: int, now: datetime, retried_by: Actor = None) -> None:
    """Make a chunk due at once, also one that waits for staff. Raises ``Refused`` if there is nothing left to do."""
    chunk = ReportChunk.objects.select_for_update(no_key=True).get(pk=chunk_id)
    if not (ReportChunk.objects.to_build() | ReportChunk.objects.to_announce()).filter(pk=chunk_id).exists():
        raise Refused(wording.done_already())
    before = snapshot(chunk)
    chunk.attempts, chunk.due_at, chunk.claimed_at, chunk.given_up_at = 0, now, None, None
    chunk.save(update_fields=["attempts", "due_at", "claimed_at", "given_up_at"])
    record(by=retried_by, action="retry", about=chunk, note=retried(), before=before, now=now)


@transaction.atomic
def retry_chunks(*, chunks: QuerySet[ReportChunk], now: datetime, retried_by: Actor = None) -> list[ReportChunk]:
    """Make those of these chunks due that have something left to do, and give them; their runs note it too."""
    tried: dict[ReportRun, list[ReportChunk]] = defaultdict(list)
    for chunk in chunks.select_related("run__market").order_by("pk"):
        with suppress(Refused):
            retry_chunk(chunk_id=chunk.pk, now=now, retried_by=retried_by)
            tried[chunk.run].append(chunk)
    for run, own in tried.items():
        record(
            by=retried_by,
            action="retry",
            about=run,
            note=trail_notes.chunks_retried(count=len(own), first=own[0].first_seller_id, last=own[0].last_seller_id),
            now=now,
        )
    return [chunk for own in tried.values() for chunk in own]


@transaction.atomic
def _build(chunk: ReportChunk, now: datetime) -> None:
    lock_claimed(chunk)
    rows = insert_reports(run=chunk.run, chunk=chunk)
    finish(chunk, rows=rows, done_at=now)


@transaction.atomic
def _announce(chunk: ReportChunk, now: datetime) -> None:
    """Few sentences are told to many sellers: one draft for each, written to the inboxes by one statement."""
    run = chunk.run
    keep_books_open(market_ids=[run.market_id])
    lock_claimed(chunk)
    reports = WeeklyReport.objects.filter(
        week_start=run.week_start, run=run, seller_id__gte=chunk.first_seller_id, seller_id__lte=chunk.last_seller_id
    ).order_by()
    figures = reports.values("violation_count", "points_at_start", "points_at_end", "next_milestone_points").annotate(
        seller_ids=ArrayAgg("seller_id")
    )
    drafts = [_announcement(run, row) for row in figures.iterator()]
    record_events(market_id=run.market_id, drafts=_published(run, reports), now=now)
    post_shared(market=run.market, drafts=drafts, now=now)
    finish(chunk, announced_at=now)


def _published(run: ReportRun, reports: QuerySet[WeeklyReport]) -> list[EventDraft]:
    data, sellers = {"week": str(run.week)}, reports.order_by("seller_id").values_list("seller_id", flat=True)
    return [EventDraft(seller_id, Event.Kind.REPORT_PUBLISHED, data) for seller_id in sellers.iterator()]


def _announcement(run: ReportRun, row: Mapping[str, Any]) -> SharedDraft:
    return SharedDraft(
        seller_ids=row["seller_ids"],
        kind=Message.Kind.REPORT,
        template=Message.Template.REPORT_PUBLISHED,
        about_kind="report_run",
        about_id=run.pk,
        data={
            "week": str(run.week),
            "violations": row["violation_count"],
            "points_at_start": row["points_at_start"],
            "points_at_end": row["points_at_end"],
            "next_milestone": row["next_milestone_points"],
            "milestones": run.milestone_points,
        },
    )

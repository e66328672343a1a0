"""Working on the chunks of a run: handing them out, building and announcing them, trying again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from audit.services import Actor, record
from audit.snapshots import snapshot
from inbox.models import Message
from inbox.services import SharedDraft, post_shared
from kit.outcomes import Refused
from sellers.services import keep_books_open

from .. import rules
from ..build_statement import insert_reports
from ..models import ReportChunk, ReportChunkQuerySet, ReportRun, WeeklyReport
from ..wording import runs as wording


def hand_out_chunks(*, now: datetime) -> list[int]:
    """The ids of chunks to build that are due and that nobody works on; they are not due again for a while.

    One whose worker was lost, or whose task was, becomes due again. One that failed or lost its worker too often waits
    for staff.
    """
    return _hand_out(ReportChunk.objects.to_build(), now=now)


def hand_out_announcements(*, now: datetime) -> list[int]:
    """The same for the chunks whose sellers are to be told that their reports are published."""
    return _hand_out(ReportChunk.objects.to_announce(), now=now)


@transaction.atomic
def _hand_out(chunks: ReportChunkQuerySet, *, now: datetime) -> list[int]:
    due = chunks.filter(Q(attempts__lt=settings.REPORT_CHUNK_ATTEMPTS) | Q(started_at__isnull=False), due_at__lte=now)
    ids = []
    # Whoever works on a chunk holds its row, and lets go of it by dying.
    for chunk in due.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("first_seller_id"):
        if chunk.started_at is not None:
            _note_lost_worker(chunk)
        if chunk.attempts < settings.REPORT_CHUNK_ATTEMPTS:
            chunk.due_at = now + timedelta(seconds=settings.REPORT_CHUNK_LEASE_SECONDS)
            ids.append(chunk.pk)
        chunk.save(update_fields=["due_at", "started_at", "last_error"])
    return ids


def _note_lost_worker(chunk: ReportChunk) -> None:
    chunk.last_error = (
        f"The worker was lost: it started at {chunk.started_at:%Y-%m-%d %H:%M:%S} UTC and never finished."
    )
    chunk.started_at = None


def build_chunk(*, chunk_id: int, now: datetime, wait: bool = False) -> bool:
    """Build the reports of a chunk's sellers, all or none. ``False`` if there is nothing to do for this caller.

    That is so if it was done, if another worker has it now, or if it is not to be tried yet or any more. With ``wait``
    it waits for that worker and asks for no more than that it is not done. What goes wrong is noted at the chunk,
    which is due again after a while, and raised.
    """
    return _work(ReportChunk.objects.to_build(), _build, chunk_id=chunk_id, now=now, wait=wait)


def announce_chunk(*, chunk_id: int, now: datetime, wait: bool = False) -> bool:
    """Tell a chunk's sellers that their reports are published, all or none; otherwise as ``build_chunk``."""
    return _work(ReportChunk.objects.to_announce(), _announce, chunk_id=chunk_id, now=now, wait=wait, records=True)


ChunkWork = Callable[[ReportChunk, datetime], None]


def _work(
    chunks: ReportChunkQuerySet, work: ChunkWork, *, chunk_id: int, now: datetime, wait: bool, records: bool = False
) -> bool:
    """Do a chunk's work in one transaction, after another that notes its start: a worker that dies leaves that note.

    Work that ``records`` has the market's books kept open, before the chunk is locked.
    """
    chunks = chunks.filter(pk=chunk_id).select_related("run__market")
    if not _start(chunks.select_for_update(no_key=True, skip_locked=not wait, of=("self",)), now=now, wait=wait):
        return False
    try:
        with transaction.atomic():
            if records:
                keep_books_open(market_ids=chunks.values_list("run__market_id", flat=True))
            # Waits for those who only look; what they see is that somebody has started.
            chunk = chunks.select_for_update(no_key=True, of=("self",)).first()
            if chunk is None:  # Somebody who builds by hand was quicker.
                return False
            work(chunk, now)
            chunk.started_at = None
            chunk.last_error = ""
            chunk.save(update_fields=["rows", "done_at", "announced_at", "started_at", "last_error"])
            return True
    except Exception as error:
        _note_failure(chunk_id=chunk_id, error=error)
        raise


@transaction.atomic
def _start(locked: ReportChunkQuerySet, *, now: datetime, wait: bool) -> bool:
    """Count an attempt, unless the chunk is to be left alone."""
    chunk = locked.first()
    if chunk is None:
        return False
    if chunk.started_at is not None:
        if not wait and now < chunk.due_at:  # Its worker was lost just now, or is about to take the row.
            return False
        _note_lost_worker(chunk)
    may_start = wait or chunk.attempts < settings.REPORT_CHUNK_ATTEMPTS
    if may_start:
        chunk.attempts += 1
        chunk.started_at = now
        chunk.due_at = _next_time(chunk, now)
    chunk.save(update_fields=["attempts", "started_at", "due_at", "last_error"])
    return may_start


@transaction.atomic
def _note_failure(*, chunk_id: int, error: Exception) -> None:
    """Note what went wrong; when to try again was noted at the start."""
    chunk = ReportChunk.objects.select_for_update(no_key=True).get(pk=chunk_id)
    chunk.started_at = None
    chunk.last_error = f"{type(error).__name__}: {error}"
    chunk.save(update_fields=["started_at", "last_error"])


def _next_time(chunk: ReportChunk, now: datetime) -> datetime:
    """When to try again what does not come to an end."""
    return now + rules.retry_after(chunk.attempts, first=timedelta(seconds=settings.REPORT_CHUNK_RETRY_SECONDS))


@transaction.atomic
def retry_chunk(*, chunk_id: int, now: datetime, retried_by: Actor = None) -> None:
    """Make a chunk due at once, also one that waits for staff. Raises ``Refused`` if there is nothing left to do."""
    chunk = ReportChunk.objects.select_for_update(no_key=True).get(pk=chunk_id)
    if not (ReportChunk.objects.to_build() | ReportChunk.objects.to_announce()).filter(pk=chunk_id).exists():
        raise Refused(wording.done_already())
    before = snapshot(chunk)
    chunk.attempts, chunk.due_at, chunk.started_at = 0, now, None
    chunk.save(update_fields=["attempts", "due_at", "started_at"])
    record(by=retried_by, action="retry", about=chunk, note=_("To be tried again."), before=before, now=now)


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
            note=_("To be tried again: %(chunks)s.") % {"chunks": _in_words(own)},
            now=now,
        )
    return [chunk for own in tried.values() for chunk in own]


def _in_words(chunks: list[ReportChunk]) -> str:
    """A chunk by its sellers, or how many chunks there are."""
    if len(chunks) > 1:
        return f"{len(chunks):,} chunks"
    return f"sellers {chunks[0].first_seller_id} to {chunks[0].last_seller_id}"


def _build(chunk: ReportChunk, now: datetime) -> None:
    chunk.rows = insert_reports(run=chunk.run, chunk=chunk)
    chunk.done_at = now


def _announce(chunk: ReportChunk, now: datetime) -> None:
    """Few sentences are told to many sellers: one draft for each, written to the inboxes by one statement."""
    run = chunk.run
    reports = WeeklyReport.objects.filter(
        week_start=run.week_start, run=run, seller_id__gte=chunk.first_seller_id, seller_id__lte=chunk.last_seller_id
    ).order_by()
    figures = reports.values("violation_count", "points_at_start", "points_at_end", "next_milestone_points").annotate(
        seller_ids=ArrayAgg("seller_id")
    )
    drafts = [_announcement(run, row) for row in figures.iterator()]
    post_shared(market=run.market, drafts=drafts, now=now)
    chunk.announced_at = now


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

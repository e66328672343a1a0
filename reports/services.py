"""Every write of the weekly reports: starting a run, building its chunks, publishing it.

Due work is found by looking at the database: whoever dies or forgets delays a run and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import connection, transaction

from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from sellers.models import Market
from sellers.services import Refused, close_books

from . import rules, selectors
from .building import insert_reports
from .models import ReportChunk, ReportRun, WeeklyReport

MESSAGES_AT_ONCE = 2_000

CUT_INTO_CHUNKS = """
INSERT INTO reports_reportchunk (run_id, first_seller_id, last_seller_id, rows, attempts, due_at, last_error)
SELECT %(run)s, min(id), max(id), 0, 0, %(due_at)s, ''
FROM (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(size)s AS part FROM sellers_seller WHERE market_id = %(market)s
) AS seller GROUP BY part
"""


@transaction.atomic
def start_run(*, market: Market, now: datetime) -> ReportRun:
    """Start the run of a market's next week: close the books until the week's end and cut its sellers into chunks.

    Closing waits for transactions that are recording, so the run sees all of what they recorded. Raises ``Refused`` if
    the week has not ended or the run before is not published: runs follow each other in order and without a gap.
    """
    market = Market.objects.select_for_update(no_key=True).get(pk=market.pk)
    open_run = selectors.open_run(market=market)
    if open_run is not None:
        raise Refused(f"{open_run.week} of {market} is not published yet.")
    week = selectors.next_week(market=market)
    ends_at = week.ends_at(zone=market.zone)
    if now < ends_at:
        raise Refused(f"{week} of {market} ends on {ends_at:%d %B %Y at %H:%M} UTC.")
    starts_at = market.books_closed_until
    close_books(market_id=market.pk, until=ends_at)
    run = ReportRun.objects.create(
        market=market,
        week_start=week.monday,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=now,
        rules=selectors.rules_of(market),
        workshops=selectors.workshops_ahead(market=market, at=ends_at),
    )
    with connection.cursor() as cursor:
        size = settings.REPORT_CHUNK_SELLERS
        cursor.execute(CUT_INTO_CHUNKS, {"run": run.pk, "due_at": now, "size": size, "market": market.pk})
    return run


def start_due_runs(*, now: datetime) -> list[ReportRun]:
    """Start a run for each market whose next week has ended and whose run before is published."""
    runs = []
    for market in selectors.due_markets(now=now):
        with suppress(Refused):  # Somebody else started it meanwhile.
            runs.append(start_run(market=market, now=now))
    return runs


@transaction.atomic
def hand_out_chunks(*, now: datetime) -> list[int]:
    """The ids of chunks that nobody has finished and that are due; they are not due again for a while.

    A chunk whose worker died or whose task was lost becomes due again. One that failed too often waits for staff.
    """
    due = ReportChunk.objects.filter(done_at=None, due_at__lte=now, attempts__lt=settings.REPORT_CHUNK_ATTEMPTS)
    ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True))
    next_time = now + timedelta(seconds=settings.REPORT_CHUNK_LEASE_SECONDS)
    ReportChunk.objects.filter(pk__in=ids).update(due_at=next_time)
    return ids


def build_chunk(*, chunk_id: int, now: datetime, wait: bool = False) -> bool:
    """Build the reports of a chunk's sellers, all or none. ``False`` if it was done, or another worker has it now.

    With ``wait`` it waits for that worker instead. What goes wrong is noted at the chunk, which is due again after a
    while, and raised.
    """
    try:
        return _build(chunk_id=chunk_id, now=now, wait=wait)
    except Exception as error:
        _note_failure(chunk_id=chunk_id, error=error, now=now)
        raise


@transaction.atomic
def _build(*, chunk_id: int, now: datetime, wait: bool) -> bool:
    locked = ReportChunk.objects.select_for_update(no_key=True, skip_locked=not wait, of=("self",))
    chunk = locked.filter(pk=chunk_id, done_at=None).select_related("run").first()
    if chunk is None:
        return False
    chunk.rows = insert_reports(run=chunk.run, chunk=chunk)
    chunk.done_at = now
    chunk.last_error = ""
    chunk.save(update_fields=["rows", "done_at", "last_error"])
    return True


@transaction.atomic
def _note_failure(*, chunk_id: int, error: Exception, now: datetime) -> None:
    chunk = ReportChunk.objects.select_for_update(no_key=True).get(pk=chunk_id)
    chunk.attempts += 1
    chunk.last_error = f"{type(error).__name__}: {error}"
    chunk.due_at = now + rules.retry_after(chunk.attempts)
    chunk.save(update_fields=["attempts", "last_error", "due_at"])


@transaction.atomic
def retry_chunk(*, chunk_id: int, now: datetime) -> None:
    """Make a chunk due at once, also one that failed too often. Raises ``Refused`` if it is done."""
    chunk = ReportChunk.objects.select_for_update(no_key=True).get(pk=chunk_id)
    if chunk.done_at is not None:
        raise Refused("This chunk is done already.")
    chunk.attempts, chunk.due_at = 0, now
    chunk.save(update_fields=["attempts", "due_at"])


@transaction.atomic
def publish_run(*, run_id: int, now: datetime) -> bool:
    """Publish a run whose chunks are all done, and tell each seller. ``False`` if chunks are open or it is published.

    From here on the database refuses to change its reports. The messages are recorded after the week, so they belong
    to the next one.
    """
    run = ReportRun.objects.select_for_update(no_key=True, of=("self",)).select_related("market").get(pk=run_id)
    if run.published_at is not None or run.chunks.filter(done_at=None).exists():
        return False
    reports = WeeklyReport.objects.filter(run=run, week_start=run.week_start).order_by("seller_id").defer("detail")
    drafts = (_announcement(run, report) for report in reports.iterator(chunk_size=MESSAGES_AT_ONCE))
    for batch in _batches(drafts, MESSAGES_AT_ONCE):
        post_messages(market=run.market, drafts=batch, now=now)
    run.published_at = now
    run.save(update_fields=["published_at"])
    return True


def _announcement(run: ReportRun, report: WeeklyReport) -> MessageDraft:
    body = rules.week_sentence(
        violations=report.violation_count,
        points_at_start=report.points_at_start,
        points_at_end=report.points_at_end,
        next_milestone=report.next_milestone_points,
        milestones=[milestone["points"] for milestone in run.rules["milestones"]],
    )
    return MessageDraft(
        seller_id=report.seller_id,
        kind=Message.Kind.REPORT,
        subject=f"Your report for the week of {rules.days_words(run.week)}",
        body=body,
        path=report.get_absolute_url(),
        action="Open the report",
    )


def _batches(drafts: Iterable[MessageDraft], size: int) -> Iterator[list[MessageDraft]]:
    iterator = iter(drafts)
    while batch := list(islice(iterator, size)):
        yield batch


def publish_complete_runs(*, now: datetime) -> list[int]:
    """Publish every run whose chunks are all done; the ids of those that were published by this call."""
    return [run.pk for run in selectors.complete_runs() if publish_run(run_id=run.pk, now=now)]


def build_run(*, run: ReportRun, now: datetime, on_progress: Callable[[int], None] = lambda rows: None) -> None:
    """Build what is left of a run in this process, chunk by chunk, and publish it.

    Can be stopped and called again: chunks that are done stay done. ``on_progress`` gets the rows of each chunk.
    """
    for chunk_id in run.chunks.filter(done_at=None).order_by("first_seller_id").values_list("pk", flat=True):
        build_chunk(chunk_id=chunk_id, now=now, wait=True)
        on_progress(ReportChunk.objects.values_list("rows", flat=True).get(pk=chunk_id))
    publish_run(run_id=run.pk, now=now)


def build_due_weeks(*, market: Market, now: datetime) -> list[ReportRun]:
    """Build and publish, in order and in this process, every week of a market that has ended; the runs."""
    runs = []
    while run := selectors.open_run(market=market) or _start_if_due(market, now):
        build_run(run=run, now=now)
        runs.append(run)
    return runs


def _start_if_due(market: Market, now: datetime) -> ReportRun | None:
    market = Market.objects.get(pk=market.pk)
    return start_run(market=market, now=now) if selectors.is_due(market=market, now=now) else None

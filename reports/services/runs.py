"""Starting a market's run, publishing it, and building one in this process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from kit.jobs.failures import logged_failure
from kit.outcomes import Refused
from sellers.models import Market
from sellers.services import check_clock, close_books, lock_books

from .. import selectors
from ..models import ReportChunk, ReportChunkQuerySet, ReportRun
from ..wording import runs as wording
from .chunks import announce_chunk, build_chunk

CUT_INTO_CHUNKS = """
INSERT INTO reports_reportchunk (run_id, lane, first_seller_id, last_seller_id, rows, due_at)
SELECT %(run)s, %(market)s, min(id), max(id), 0, %(due_at)s
FROM (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(size)s AS part FROM sellers_seller WHERE market_id = %(market)s
) AS seller GROUP BY part ORDER BY part
"""


@transaction.atomic
def start_run(*, market: Market, now: datetime) -> ReportRun:
    """Start the run of a market's next week: close the books until the week's end and cut its sellers into chunks.

    Closing waits for transactions that are recording, so the run sees all of what they recorded. Raises ``Refused`` if
    the week has not ended or the run before is not published: runs follow each other in order and without a gap.
    """
    market = lock_books(market_id=market.pk)
    open_run = selectors.open_run(market=market)
    if open_run is not None:
        raise Refused(wording.not_published_yet(open_run.week, market))
    week = selectors.next_week(market=market)
    ends_at = week.ends_at(zone=market.zone)
    if now < ends_at:
        raise Refused(wording.week_ends_on(week, market, ends_at))
    starts_at = market.books_closed_until
    close_books(market_id=market.pk, until=ends_at)
    run = ReportRun.objects.create(
        market=market,
        week_start=week.monday,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=now,
        rules=selectors.rules_of(market, as_of=ends_at),
        workshops=selectors.workshops_ahead(market=market, as_of=ends_at),
    )
    with connection.cursor() as cursor:
        size = settings.REPORT_CHUNK_SELLERS
        cursor.execute(CUT_INTO_CHUNKS, {"run": run.pk, "due_at": now, "size": size, "market": market.pk})
    return run


def due_markets(*, now: datetime) -> list[int]:
    """The ids of the markets for which a run can be started; one that nobody can tell of is logged and left out.

    Raises ``ClockAhead``.
    """
    check_clock(now=now)
    due = []
    for market in Market.objects.order_by("pk"):
        with logged_failure(f"Looking for the week that is due in {market.code}"):
            due += [market.pk] if selectors.is_due(market=market, now=now) else []
    return due


def start_due_run(*, market_id: int, now: datetime) -> ReportRun | None:
    """Start a market's run if one is due. What goes wrong is logged: the next call tries again."""
    with (
        logged_failure(f"Starting the weekly reports of market {market_id}"),
        suppress(Refused),
    ):  # Somebody else was faster.
        return _start_if_due(market_id, now)
    return None


@transaction.atomic
def publish_run(*, run_id: int, now: datetime) -> bool:
    """Publish a run whose chunks are all done. ``False`` if chunks are open or it is published.

    All its sellers see their reports from the same moment on, and the database refuses to change them. Telling the
    sellers is the next step of its chunks, each in a transaction of its own: those messages are recorded after the
    week, so they belong to a later one.
    """
    run = ReportRun.objects.select_for_update(no_key=True).get(pk=run_id)
    if run.published_at is not None or run.chunks.to_build().exists():
        return False
    run.published_at = now
    run.save(update_fields=["published_at"])
    run.chunks.update(attempts=0, due_at=now)
    return True


def publish_complete_runs(*, now: datetime) -> list[int]:
    """Publish every run whose chunks are all done; the ids of those that were published by this call."""
    published = []
    for run in selectors.complete_runs():
        with logged_failure(f"Publishing {run}"):
            published += [run.pk] if publish_run(run_id=run.pk, now=now) else []
    return published


def build_run(*, run: ReportRun, now: datetime, on_progress: Callable[[int], None] = lambda rows: None) -> None:
    """Build what is left of a run in this process, chunk by chunk, and publish it.

    Then tell its sellers. Can be stopped and called again: chunks that are done stay done, and workers tell the
    sellers that are left. ``on_progress`` gets the rows of each chunk.
    """
    for chunk_id in run.chunks.to_build().order_by("first_seller_id").values_list("pk", flat=True):
        build_chunk(chunk_id=chunk_id, now=now, wait=True)
        on_progress(ReportChunk.objects.values_list("rows", flat=True).get(pk=chunk_id))
    publish_run(run_id=run.pk, now=now)
    _announce(run.chunks.to_announce(), now)


def _announce(chunks: ReportChunkQuerySet, now: datetime) -> None:
    for chunk_id in chunks.order_by("run__week_start", "first_seller_id").values_list("pk", flat=True):
        announce_chunk(chunk_id=chunk_id, now=now, wait=True)


def build_due_weeks(*, market: Market, now: datetime) -> list[ReportRun]:
    """Build and publish, in order and in this process, every week of a market that has ended; the runs.

    Sellers who were not told yet of what others published are told as well.
    """
    runs = []
    while run := selectors.open_run(market=market) or _start_if_due(market.pk, now):
        build_run(run=run, now=now)
        runs.append(run)
    _announce(ReportChunk.objects.to_announce().filter(run__market=market), now)
    return runs


def _start_if_due(market_id: int, now: datetime) -> ReportRun | None:
    market = Market.objects.get(pk=market_id)
    return start_run(market=market, now=now) if selectors.is_due(market=market, now=now) else None

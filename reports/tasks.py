"""Celery tasks of the weekly reports. Each may run twice or die half-way."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from . import services


@shared_task
def build_due_reports() -> None:
    """Look for due work: publish what is complete, see to chunks, and to each market whose week has ended."""
    now = timezone.now()
    services.publish_complete_runs(now=now)
    work_on_chunks.delay()
    for market_id in services.due_markets(now=now):
        start_run.delay(market_id)


@shared_task
def start_run(market_id: int) -> None:
    """Start a market's run, whoever else waits for their books, and have its chunks built."""
    if services.start_due_run(market_id=market_id, now=timezone.now()):
        build_due_reports.delay()


@shared_task
def work_on_chunks() -> None:
    """Build or announce one chunk, and call for the next: so all workers are at it that are free.

    Whoever finishes the last one publishes the run, and the market's next week can start.
    """
    chunk = services.claim_chunk(now=timezone.now())
    if chunk is None:
        return
    work_on_chunks.delay()
    services.work_on_chunk(chunk=chunk, clock=timezone.now)
    if services.publish_complete_runs(now=timezone.now()):
        build_due_reports.delay()

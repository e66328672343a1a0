"""Celery tasks of the weekly reports. Each may run twice or die half-way."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from . import services


@shared_task
def build_due_reports() -> None:
    """Look for due work: hand out chunks, publish what is complete, and see to each market whose week has ended."""
    now = timezone.now()
    for chunk_id in services.hand_out_chunks(now=now):
        build_chunk.delay(chunk_id)
    for chunk_id in services.hand_out_announcements(now=now):
        announce_chunk.delay(chunk_id)
    if services.publish_complete_runs(now=now):
        build_due_reports.delay()
    for market_id in services.due_markets(now=now):
        start_run.delay(market_id)


@shared_task
def start_run(market_id: int) -> None:
    """Start a market's run, whoever else waits for their books, and have its chunks handed out."""
    if services.start_due_run(market_id=market_id, now=timezone.now()):
        build_due_reports.delay()


@shared_task
def build_chunk(chunk_id: int) -> None:
    """Build one chunk; whoever finishes the last one publishes the run, and the market's next week can start."""
    services.build_chunk(chunk_id=chunk_id, now=timezone.now())
    if services.publish_complete_runs(now=timezone.now()):
        build_due_reports.delay()


@shared_task
def announce_chunk(chunk_id: int) -> None:
    """Tell the sellers of one chunk that their reports are published."""
    services.announce_chunk(chunk_id=chunk_id, now=timezone.now())

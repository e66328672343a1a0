"""Reads of the weekly reports: what is due, and what a seller's report says."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from sellers.models import Market
from sellers.rules import Week

from . import rules
from .models import ReportChunk, ReportRun, ReportRunQuerySet


def open_run(*, market: Market) -> ReportRun | None:
    """The run of a market that is started and not published; there is one at most."""
    return ReportRun.objects.filter(market=market, published_at=None).order_by("week_start").first()


def next_week(*, market: Market) -> Week:
    """The week of a market that is built next once no run is open. The market's books decide, so pass it fresh."""
    last = ReportRun.objects.filter(market=market).order_by("-week_start").first()
    return rules.week_to_build(market.books_closed_until, last=last.week if last else None, zone=market.zone)


def is_due(*, market: Market, now: datetime) -> bool:
    """Whether a market's next week has ended and no run is open."""
    return open_run(market=market) is None and next_week(market=market).ends_at(zone=market.zone) <= now


def due_markets(*, now: datetime) -> list[Market]:
    """The markets for which a run can be started."""
    return [market for market in Market.objects.order_by("pk") if is_due(market=market, now=now)]


def complete_runs() -> ReportRunQuerySet:
    """Runs to be published: started, and every chunk done."""
    open_chunks = ReportChunk.objects.filter(run=OuterRef("pk"), done_at=None)
    return ReportRun.objects.filter(~Exists(open_chunks), published_at=None).order_by("pk")

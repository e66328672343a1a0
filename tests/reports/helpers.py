"""What tests of reports share."""

from __future__ import annotations

from datetime import datetime

from kit.dates import Week
from reports.models import ReportChunk, ReportRun
from reports.presentation.presenting import present
from reports.presentation.tree import PresentedReport
from reports.selectors import get_report
from reports.services import due_markets, start_due_run
from sellers.models import Seller


def presented(seller: Seller, week: Week, *, now: datetime) -> PresentedReport:
    """A published report as it is shown at a moment."""
    return present(get_report(seller=seller, week=week, now=now))


def due(now: datetime) -> list[int]:
    """The ids of the chunks that a worker could claim."""
    return list(ReportChunk.objects.filter(due_at__lte=now).order_by("pk").values_list("pk", flat=True))


def start_due_runs(*, now: datetime) -> list[ReportRun]:
    """Start a run in each market that is due, as the tasks do one after the other."""
    started = (start_due_run(market_id=market_id, now=now) for market_id in due_markets(now=now))
    return [run for run in started if run is not None]

"""Reads of the weekly reports: the runs, what a seller's report says, and what a week was like across a market."""

from .context import ReportContext
from .lines import ActionLine, ContentGroup, ExpiryLine, MilestoneLine, PolicyLine, ViolationLine, WorkshopLine
from .making import milestones_of
from .market_week import MarketWeek, csv_rows, get_market_week, sellers_newly_near
from .reports import ReportLine, draft_run, get_draft, get_report, report_line, reports_of
from .runs import (
    chunks_given_up,
    complete_runs,
    emails_of,
    failed_chunks,
    is_due,
    next_week,
    open_run,
    progress_of,
    rules_of,
    workshops_ahead,
    workshops_of,
)
from .steps import SinceLine, Step, StepState

__all__ = [
    "ActionLine",
    "ContentGroup",
    "ExpiryLine",
    "MarketWeek",
    "MilestoneLine",
    "PolicyLine",
    "ReportContext",
    "ReportLine",
    "SinceLine",
    "Step",
    "StepState",
    "ViolationLine",
    "WorkshopLine",
    "chunks_given_up",
    "complete_runs",
    "csv_rows",
    "draft_run",
    "emails_of",
    "failed_chunks",
    "get_draft",
    "get_market_week",
    "get_report",
    "is_due",
    "milestones_of",
    "next_week",
    "open_run",
    "progress_of",
    "report_line",
    "reports_of",
    "rules_of",
    "sellers_newly_near",
    "workshops_ahead",
    "workshops_of",
]

"""Reads of the weekly reports: the runs, what a seller's report says, and what a week was like across a market."""

from .context import (
    ActionLine,
    ContentGroup,
    MilestoneLine,
    PolicyLine,
    ReportContext,
    ViolationLine,
    WorkshopLine,
)
from .reports import ReportLine, draft_run, get_draft, get_report, report_line, reports_of
from .runs import complete_runs, due_markets, is_due, next_week, open_run, rules_of, workshops_ahead
from .steps import SinceLine, Step, StepState

__all__ = [
    "ActionLine",
    "ContentGroup",
    "MilestoneLine",
    "PolicyLine",
    "ReportContext",
    "ReportLine",
    "SinceLine",
    "Step",
    "StepState",
    "ViolationLine",
    "WorkshopLine",
    "complete_runs",
    "draft_run",
    "due_markets",
    "get_draft",
    "get_report",
    "is_due",
    "next_week",
    "open_run",
    "report_line",
    "reports_of",
    "rules_of",
    "workshops_ahead",
]

"""Reads of the weekly reports: the runs, a seller's week, and what a week was like across a market."""

from .current_state import CurrentState, QuizOffer
from .market_week import MarketWeek, get_market_week, sellers_newly_near
from .reports import draft_run, get_draft, get_report, get_reports, reports_of
from .runs import (
    FAILED,
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
from .seller_week import ExpiringPoints, PolicyWeeks, SellerWeek, WorkshopOutlook, level_at_end

__all__ = [
    "FAILED",
    "CurrentState",
    "ExpiringPoints",
    "MarketWeek",
    "PolicyWeeks",
    "QuizOffer",
    "SellerWeek",
    "WorkshopOutlook",
    "chunks_given_up",
    "complete_runs",
    "draft_run",
    "emails_of",
    "failed_chunks",
    "get_draft",
    "get_market_week",
    "get_report",
    "get_reports",
    "is_due",
    "level_at_end",
    "next_week",
    "open_run",
    "progress_of",
    "reports_of",
    "rules_of",
    "sellers_newly_near",
    "workshops_ahead",
    "workshops_of",
]

"""Weekly reports as a seller's download has them: in figures, a line each."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from kit.documents.records import Record
from sellers.holdings import Holding
from sellers.models import Seller

from . import selectors
from .models import WeeklyReport
from .presentation.data import SUMMARY_FIELDS, summary_data
from .presentation.presenting import summarize


def reports_of(seller: Seller, now: datetime) -> QuerySet[WeeklyReport]:
    return selectors.reports_of(seller).select_related("run").order_by("week_start")


def report_record(report: WeeklyReport, *, zone: ZoneInfo) -> Record:
    return summary_data(summarize(report))


HOLDINGS = {"reports": Holding(SUMMARY_FIELDS, reports_of, report_record)}

"""A seller's reports: the list, one of them, and a draft of one that is not published."""

from __future__ import annotations

from datetime import datetime

from kit.dates import Week
from sellers.models import Market, Seller

from .. import rules
from ..build_statement import draft_report
from ..models import ReportRun, WeeklyReport, WeeklyReportQuerySet
from .runs import next_week, open_run, rules_of, workshops_ahead
from .seller_week import SellerWeek, find_seller_week


def reports_of(seller: Seller) -> WeeklyReportQuerySet:
    """A seller's published reports, the newest first (one query here; the weeks lead the reports' primary key)."""
    weeks = ReportRun.objects.published().filter(market_id=seller.market_id).values_list("week_start", flat=True)
    reports = WeeklyReport.objects.published().filter(seller=seller, week_start__in=list(weeks))
    return reports.order_by("-week_start")


def get_report(*, seller: Seller, week: Week, now: datetime) -> SellerWeek:
    """A seller's published report of a week. Raises ``WeeklyReport.DoesNotExist`` if there is none."""
    published = reports_of(seller)
    report = published.select_related("run").get(week_start=week.monday)
    following = published.filter(week_start__gt=week.monday).order_by("week_start").values_list("week_start", flat=True)
    next_monday = following.first()
    return find_seller_week(
        report,
        seller=seller,
        now=now,
        earlier=_earlier(report, published),
        next_week=Week(next_monday) if next_monday else None,
    )


def _earlier(report: WeeklyReport, published: WeeklyReportQuerySet) -> list[WeeklyReport]:
    """The published reports of the year before a report, the newest first."""
    return list(published.filter(week_start__lt=report.week_start).defer("detail")[: rules.LONGEST_STREAK])


def draft_run(*, market: Market, now: datetime) -> ReportRun:
    """The run of a market that is being built, or one that is not saved: of its next week, as if it ended now."""
    if run := open_run(market=market):
        return run
    week = next_week(market=market)
    ends_at = min(now, week.ends_at(zone=market.zone))
    return ReportRun(
        market=market,
        week_start=week.monday,
        starts_at=market.books_closed_until,
        ends_at=ends_at,
        created_at=now,
        rules=rules_of(market, as_of=ends_at),
        workshops=workshops_ahead(market=market, as_of=ends_at),
    )


def get_draft(*, seller: Seller, run: ReportRun, now: datetime) -> SellerWeek | None:
    """What a seller's report in a run would say, by the statement that builds it; nothing is written.

    ``None`` for a seller who joined after the run's end.
    """
    report = draft_report(run=run, seller=seller)
    if report is None:
        return None
    return find_seller_week(
        report, seller=seller, now=now, earlier=_earlier(report, reports_of(seller)), next_week=None
    )

"""A seller's reports: the list, one of them, and a draft of one that is not published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Min

from kit.database.reading import read_together
from kit.dates import Week
from sellers.models import Market, Seller

from .. import rules
from ..build_statement import draft_report
from ..models import ReportRun, WeeklyReport, WeeklyReportQuerySet
from .runs import RunDate, next_week, open_run, rules_of, run_dates, workshops_ahead
from .seller_week import SellerWeek, SurroundingReports, find_seller_weeks


def reports_of(seller: Seller) -> WeeklyReportQuerySet:
    """A seller's published reports, the newest first (one query here; the weeks lead the reports' primary key)."""
    weeks = ReportRun.objects.published().filter(market_id=seller.market_id).values_list("week_start", flat=True)
    reports = WeeklyReport.objects.published().filter(seller=seller, week_start__in=list(weeks))
    return reports.order_by("-week_start")


def get_report(*, seller: Seller, week: Week, now: datetime) -> SellerWeek:
    """A seller's published report of a week. Raises ``WeeklyReport.DoesNotExist`` if there is none."""
    found = get_reports(sellers=[seller], week=week, now=now)
    if not found:
        raise WeeklyReport.DoesNotExist
    return found[seller.pk]


def get_reports(*, sellers: Sequence[Seller], week: Week, now: datetime) -> dict[int, SellerWeek]:
    """The published reports of a week of sellers of one market, by seller, in the same queries; not all need have one.

    All that stands in them is read here: what is made of them asks the database nothing.
    """
    market_id = sellers[0].market_id
    published = WeeklyReport.objects.published().filter(seller__in=[seller.pk for seller in sellers])
    reports, dates = published.filter(week_start=week.monday), run_dates(market_id=market_id)
    runs = ReportRun.objects.filter(pk__in=reports.values("run"))
    read_together(reports, dates, runs)
    if not reports:
        return {}
    by_pk = {run.pk: run for run in runs}
    for report in reports:
        report.run = by_pk[report.run_id]
    by_id = {seller.pk: seller for seller in sellers}
    beside = _beside(published, dates, monday=week.monday)
    weeks = find_seller_weeks(list(reports), sellers=by_id, beside=beside, dates=dates, now=now)
    return {report.seller_id: found for report, found in zip(reports, weeks, strict=True)}


def _beside(
    published: WeeklyReportQuerySet, dates: Iterable[RunDate], *, monday: date
) -> dict[int, SurroundingReports]:
    """By seller, the published reports of the year before a week, newest first, and the week of the next."""
    mondays = [day for day, _, published_at in dates if published_at]
    before = [day for day in mondays if day < monday][: rules.LONGEST_STREAK]
    reports = published.filter(week_start__in=before).order_by("-week_start").defer(*NOT_OF_EARLIER)
    after = [day for day in mondays if day > monday]
    following = published.filter(week_start__in=after).order_by().values_list("seller_id").annotate(Min("week_start"))
    read_together(reports, following)
    earlier: dict[int, list[WeeklyReport]] = defaultdict(list)
    for report in reports:
        earlier[report.seller_id].append(report)
    next_weeks = {seller_id: Week(day) for seller_id, day in following}
    found = {pk: SurroundingReports(earlier.get(pk, []), next_weeks.get(pk)) for pk in {*earlier, *next_weeks}}
    return defaultdict(SurroundingReports, found)


NOT_OF_EARLIER = ("detail", "seller_name", "seller_city", "seller_signed_up")


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
    published, dates = WeeklyReport.objects.published().filter(seller=seller), run_dates(market_id=run.market_id)
    beside = _beside(published, dates, monday=run.week_start)
    (found,) = find_seller_weeks([report], sellers={seller.pk: seller}, beside=beside, dates=dates, now=now)
    return found

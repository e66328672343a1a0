"""A seller's weekly reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kit.dates import Week
from kit.documents.downloads import download
from sellers.access import SellerRequest, seller_view
from sellers.brands import paper_brand
from sellers.cached_pages import QUARTER_OF_AN_HOUR, render_page
from sellers.models import Seller

from . import selectors
from .models import WeeklyReport
from .page_rows import REPORT_ROWS
from .presentation import data, pdf
from .presentation.nodes import Summary
from .presentation.presenting import present, summarize
from .presentation.tree import PresentedReport

REPORTS_A_PAGE = 13
CSV = "text/csv; charset=utf-8"
JSON = "application/json"


@require_safe
@seller_view
def report_list(request: SellerRequest) -> HttpResponse:
    reports = selectors.reports_of(request.seller).select_related("run")
    page = Paginator(reports, REPORTS_A_PAGE).get_page(request.GET.get("page"))
    market = request.seller.market
    context = {
        "page": page,
        "lines": [summarize(report) for report in page],
        "first_at": selectors.next_week(market=market).ends_at(zone=market.zone) if not page.object_list else None,
    }
    return render(request, "reports/report_list.html", context)


def _week(week: str) -> Week:
    try:
        return Week.parse(week)
    except ValueError:
        raise Http404(_("No such report.")) from None


def _report(request: SellerRequest, week: str, *, now: datetime) -> PresentedReport:
    try:
        found = selectors.get_report(seller=request.seller, week=_week(week), now=now)
    except WeeklyReport.DoesNotExist:
        raise Http404(_("No such report.")) from None
    return present(found)


@require_safe
@seller_view
def report_detail(request: SellerRequest, week: str) -> HttpResponse:
    """A report, with what became of what it tells of."""
    now = timezone.now()

    def draw() -> dict[str, Any]:
        return {"report": _report(request, week, now=now)}

    return render_page(
        request,
        "reports/report_detail.html",
        now=now,
        minutes=QUARTER_OF_AN_HOUR,
        draw=draw,
        also={"week": _week(week).monday},
        beside=REPORT_ROWS,
    )


# --- Files


@require_safe
@seller_view
def report_pdf(request: SellerRequest, week: str) -> HttpResponseBase:
    """A report as a PDF."""
    report = _report(request, week, now=timezone.now())
    made = pdf.report_pdf(report, look=paper_brand(request.seller.market))
    return download(made, name=pdf.file_name(report, "pdf"), content_type="application/pdf")


@require_safe
@seller_view
def report_csv(request: SellerRequest, week: str) -> HttpResponseBase:
    """What happened in a report's week, a line each."""
    report = _report(request, week, now=timezone.now())
    return download(data.report_csv(report), name=pdf.file_name(report, "csv"), content_type=CSV)


@require_safe
@seller_view
def report_json(request: SellerRequest, week: str) -> HttpResponseBase:
    """All that a report says, as data."""
    report = _report(request, week, now=timezone.now())
    return download(data.report_json(report), name=pdf.file_name(report, "json"), content_type=JSON)


def _summaries(seller: Seller) -> Iterator[Summary]:
    """Of all of a seller's reports, read from the database as they are sent."""
    reports = selectors.reports_of(seller).select_related("run").iterator(chunk_size=100)
    return (summarize(report) for report in reports)


@require_safe
@seller_view
def all_csv(request: SellerRequest) -> HttpResponseBase:
    """All of a seller's reports in figures, a line each."""
    return download(data.summaries_csv(_summaries(request.seller)), name="weekly-reports.csv", content_type=CSV)


@require_safe
@seller_view
def all_json(request: SellerRequest) -> HttpResponseBase:
    """The same as a JSON list."""
    return download(data.summaries_json(_summaries(request.seller)), name="weekly-reports.json", content_type=JSON)

"""A seller's weekly reports."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kit.dates import Week
from kit.documents.downloads import download
from sellers.access import SellerRequest, seller_view

from . import data, documents, selectors
from .models import WeeklyReport

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
        "lines": [selectors.report_line(report) for report in page],
        "first_at": selectors.next_week(market=market).ends_at(zone=market.zone) if not page.object_list else None,
    }
    return render(request, "reports/report_list.html", context)


def _report(request: SellerRequest, week: str) -> selectors.ReportContext:
    try:
        return selectors.get_report(seller=request.seller, week=Week.parse(week), now=timezone.now())
    except (ValueError, WeeklyReport.DoesNotExist):
        raise Http404("No such report.") from None


@require_safe
@seller_view
def report_detail(request: SellerRequest, week: str) -> HttpResponse:
    context = _report(request, week)
    return render(request, "reports/report_detail.html", {"context": context, "report": context.report})


# --- Files


@require_safe
@seller_view
def report_pdf(request: SellerRequest, week: str) -> HttpResponseBase:
    """A report as a PDF."""
    context = _report(request, week)
    name = documents.file_name(context, "pdf")
    return download(documents.report_pdf(context), name=name, content_type="application/pdf")


@require_safe
@seller_view
def report_csv(request: SellerRequest, week: str) -> HttpResponseBase:
    """What happened in a report's week, a line each."""
    context = _report(request, week)
    return download(data.report_csv(context), name=documents.file_name(context, "csv"), content_type=CSV)


@require_safe
@seller_view
def report_json(request: SellerRequest, week: str) -> HttpResponseBase:
    """All that a report says, as data."""
    context = _report(request, week)
    return download(data.report_json(context), name=documents.file_name(context, "json"), content_type=JSON)


@require_safe
@seller_view
def all_csv(request: SellerRequest) -> HttpResponseBase:
    """All of a seller's reports in figures, a line each."""
    return download(data.all_csv(request.seller), name="weekly-reports.csv", content_type=CSV)


@require_safe
@seller_view
def all_json(request: SellerRequest) -> HttpResponseBase:
    """The same as a JSON list."""
    return download(data.all_json(request.seller), name="weekly-reports.json", content_type=JSON)

"""A seller's weekly reports."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sellers.access import SellerRequest, seller_view
from sellers.rules import Week

from . import selectors
from .models import WeeklyReport

REPORTS_A_PAGE = 13


@require_safe
@seller_view
def report_list(request: SellerRequest) -> HttpResponse:
    page = Paginator(selectors.reports_of(request.seller), REPORTS_A_PAGE).get_page(request.GET.get("page"))
    market = request.seller.market
    context = {
        "page": page,
        "lines": [selectors.report_line(report) for report in page],
        "first_at": selectors.next_week(market=market).ends_at(zone=market.zone) if not page.object_list else None,
    }
    return render(request, "reports/report_list.html", context)


@require_safe
@seller_view
def report_detail(request: SellerRequest, week: str) -> HttpResponse:
    try:
        context = selectors.get_report(seller=request.seller, week=Week.parse(week), now=timezone.now())
    except (ValueError, WeeklyReport.DoesNotExist):
        raise Http404("No such report.") from None
    return render(request, "reports/report_detail.html", {"context": context, "report": context.report})

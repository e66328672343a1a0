"""A seller's weekly reports."""

from __future__ import annotations

from django.http import HttpResponse

from sellers.access import SellerRequest, seller_view


@seller_view
def report_list(request: SellerRequest) -> HttpResponse:
    return HttpResponse()


@seller_view
def report_detail(request: SellerRequest, week: str) -> HttpResponse:
    return HttpResponse()

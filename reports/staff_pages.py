"""A seller's published reports for staff, as pages below the seller's."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.backoffice.action_pages import get_record
from kit.dates import Week
from kit.documents.downloads import download
from sellers.models import Seller

from .models import WeeklyReport
from .presentation import pdf
from .presentation.presenting import present
from .presentation.tree import PresentedReport
from .selectors import get_report

NEEDED = ("sellers.view_seller", "reports.view_weeklyreport")


class PublishedReportsMixin(admin.ModelAdmin[Any]):
    """Gives the sellers' admin the pages ``reports/2026-W47/`` and ``reports/2026-W47.pdf``."""

    def get_urls(self) -> list[URLPattern]:
        view, report = self.admin_site.admin_view, "<path:object_id>/reports/<str:week>"
        return [
            path(f"{report}.pdf", view(self.report_pdf), name="sellers_seller_report_pdf"),
            path(f"{report}/", view(self.report_page), name="sellers_seller_report"),
            *super().get_urls(),
        ]

    def report_page(self, request: HttpRequest, object_id: str, week: str) -> HttpResponse:
        """A report as the seller sees it, in its market's time."""
        seller, report = self._published(request, object_id, week)
        with timezone.override(seller.market.zone):
            back = reverse("admin:sellers_seller_change", args=[seller.pk])
            context = {"report": report, "back": back, "pdf_url": f"{request.path.removesuffix('/')}.pdf"}
            return TemplateResponse(request, "reports/report_for_staff.html", context).render()

    def report_pdf(self, request: HttpRequest, object_id: str, week: str) -> HttpResponseBase:
        _seller, report = self._published(request, object_id, week)
        return download(pdf.report_pdf(report), name=pdf.file_name(report, "pdf"), content_type="application/pdf")

    def _published(self, request: HttpRequest, object_id: str, week: str) -> tuple[Seller, PresentedReport]:
        seller: Seller = get_record(self, request, object_id, allowed=request.user.has_perms(NEEDED))
        try:
            found = get_report(seller=seller, week=Week.parse(week), now=timezone.now())
        except (ValueError, WeeklyReport.DoesNotExist):
            raise Http404(_("No such report.")) from None
        with timezone.override(seller.market.zone):
            return seller, present(found)

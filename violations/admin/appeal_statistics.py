"""The staff page of how appeals turn out."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.backoffice.figures import AskedFigures
from kit.backoffice.scopes import in_scope, scope_of

from .. import selectors

PERIODS = [30, 90, 365]
"""Of how many days back staff see how decisions turned out; the second first."""


class StatisticsMixin(admin.ModelAdmin[Any]):
    """Adds the page beside the list of appeals."""

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.statistics_page)
        return [path("statistics/", page, name="violations_appeal_statistics"), *super().get_urls()]

    def statistics_page(self, request: HttpRequest) -> HttpResponse:
        """Overturn rate and median time to the decision, per policy and per reviewer, of the last ``days``."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = AskedFigures(request)
        days = asked.choose("days", {str(days): days for days in PERIODS}, default=PERIODS[1], called=_("Period"))
        own, now = scope_of(request), timezone.now()
        decisions = selectors.recent_decisions(days=days, as_of=now, markets=own)
        context = {
            "title": _("How appeals turn out"),
            "opts": self.opts,
            "tables": [
                (_("Policy"), decisions.by_policy),
                (_("Reviewer"), decisions.by_reviewer),
                (_("Reason"), decisions.by_reason),
            ],
            "total": decisions.total,
            "days": days,
            "periods": PERIODS,
            "waiting": in_scope(selectors.appeal_queue(as_of=now), own).count(),
            "agreements": selectors.agreements(days=days, as_of=now, markets=own),
        }
        if asked.unreadable:
            context |= {"tables": [], "total": None, "agreements": []}
        return TemplateResponse(request, "admin/violations/appeal/statistics.html", context, status=asked.say())

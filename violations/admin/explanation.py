"""The explanation of a seller's standing for staff: what the seller sees, and who recorded it, how and when."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.backoffice.action_pages import get_record
from kit.backoffice.tools import Tool, ToolsMixin
from sellers.models import Seller

from ..ledger_page import ledger_context, written
from ..models import EnforcementAction, PointsEntry, Violation

NEEDED = [Seller, PointsEntry, Violation, EnforcementAction]
"""What somebody has to be allowed to see: the page shows all of it."""


def may_see_explanation(request: HttpRequest) -> bool:
    """Whether a person may see everything that the page shows."""
    return request.user.has_perms([f"{m._meta.app_label}.view_{m._meta.model_name}" for m in NEEDED])


def explanation_tools(request: HttpRequest, seller: Seller, *, label: str, as_of: Any = None) -> list[Tool]:
    """The link to the page, about a moment if one is given, for those who may see it."""
    if not may_see_explanation(request):
        return []
    query = {"as_of": written(as_of, seller=seller)} if as_of else None
    return [Tool(label, reverse("admin:sellers_seller_explanation", args=[seller.pk], query=query))]


class ExplanationMixin(ToolsMixin, admin.ModelAdmin[Any]):
    """Gives the sellers' admin the page ``explanation/?as_of=…``."""

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("explanation", self.explanation_page), *super().get_urls()]

    def explanation_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Where a seller stood or will stand, and why, in its market's time."""
        seller = get_record(self, request, object_id, allowed=may_see_explanation(request))
        with timezone.override(seller.market.zone):
            context = {
                **self.admin_site.each_context(request),
                **ledger_context(seller=seller, query=request.GET, now=timezone.now()),
                "title": _("Why %(seller)s stands as it does") % {"seller": seller},
                "opts": self.opts,
                "original": seller,
                "seller": seller,
            }
            # Rendered here: outside, times would be in the time zone of the admin.
            return TemplateResponse(request, "admin/violations/explanation.html", context).render()

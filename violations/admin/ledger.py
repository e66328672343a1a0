"""Staff pages of the points ledger."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import NewestFirstAdmin
from kit.backoffice.action_pages import list_url
from kit.backoffice.tools import Tool, ToolsMixin
from kit.formatting import signed

from ..models import PointsEntry


@admin.register(PointsEntry)
class PointsEntryAdmin(ToolsMixin, NewestFirstAdmin):
    """The points ledger: never changed, neither here nor in the database."""

    list_display = ["points_signed", "kind", "seller", "reason", "effective_at", "expires_at", "recorded_at"]
    list_filter = ["kind", "seller__market", "recorded_at", "expires_at"]
    list_select_related = ["seller"]
    search_fields = ["seller__name", "=seller__external_id", "=violation__external_id"]
    search_help_text = _lazy("The seller's name or id, or a violation's external id")
    fields = [
        "seller",
        "violation",
        "kind",
        "points",
        "reason",
        "effective_at",
        "expires_at",
        "recorded_at",
        "corrects",
        "created_by",
    ]

    @admin.display(description=_lazy("Points"), ordering="points")
    def points_signed(self, entry: PointsEntry) -> str:
        return signed(entry.points)

    def get_tools(self, request: HttpRequest, obj: PointsEntry) -> list[Tool]:
        return [
            Tool(_("All entries of its violation"), list_url(PointsEntry, violation__id__exact=obj.violation_id)),
            Tool(_("This seller's ledger"), list_url(PointsEntry, seller__id__exact=obj.seller_id)),
        ]

"""The staff page of sellers' downloads: how far each is. The file is for members of the seller alone."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import NewestFirstAdmin

from .models import Export


@admin.register(Export)
class ExportAdmin(NewestFirstAdmin):
    list_display = ["seller", "asked_by", "asked_at", "state", "finished_at", "expires_at", "size"]
    list_filter = ["state", "asked_at"]
    list_select_related = ["seller", "asked_by"]
    search_fields = ["seller__name", "=seller__external_id"]
    search_help_text = _lazy("The seller's name or id")
    fields = [
        "seller", "asked_by", "asked_at", "state", "rows", "rows_done", "attempts", "due_at", "finished_at",
        "expires_at", "size", "last_error",
    ]  # fmt: skip

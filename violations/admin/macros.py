"""The page on which staff keep texts for requests and reasons."""

from __future__ import annotations

from django.contrib import admin

from audit.admin_pages import AuditedAdmin

from ..models import Macro


@admin.register(Macro)
class MacroAdmin(AuditedAdmin):
    list_display = ["name", "kind", "policy", "language"]
    list_filter = ["kind", "policy", "language"]
    list_select_related = ["policy"]
    search_fields = ["name"]
    fields = ["name", "kind", "policy", "language", "text"]

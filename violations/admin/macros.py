"""The page on which staff keep texts for requests and reasons."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import AuditedAdmin

from ..models import Macro


@admin.register(Macro)
class MacroAdmin(AuditedAdmin):
    list_display = ["name", "kind", "policy", "language"]
    list_filter = ["kind", "policy"]
    list_select_related = ["policy"]
    search_fields = ["name", "=language"]
    empty_value_display = _lazy("every")  # policy, or language
    fields = ["name", "kind", "policy", "language", "text"]

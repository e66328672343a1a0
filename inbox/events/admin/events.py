"""Staff pages of events."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy

from audit.admin_pages import ReadOnlyAdmin

from ..models import Event
from .public_ids import public_id_in


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What the marketplace's systems were told, or will be in a moment."""

    list_display = ["public_id", "kind", "seller", "happened_at", "position"]
    list_select_related = ["seller"]
    search_fields = ["=seller__external_id"]
    search_help_text = _lazy("The seller's id, or that of an event, such as evt_90210")
    ordering = ["-pk"]
    sortable_by = ()
    fields = ["public_id", "kind", "market", "seller", "data", "happened_at", "position"]
    show_full_result_count = False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if (found := public_id_in(search_term)) and found.is_event:
            return queryset.filter(pk=found.number), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_lazy("id"))
    def public_id(self, event: Event) -> str:
        return event.public_id

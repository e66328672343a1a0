"""What the page of a record shows beside its form."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse


class RecordContextMixin(admin.ModelAdmin[Any]):
    """Gives the page of a record what ``record_context`` answers; who adds to it asks ``super()`` first."""

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """For the template, by name. ``obj`` is ``None`` on the page that adds a record."""
        return {}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= self.record_context(request, context.get("original"))
        return super().render_change_form(request, context, *args, **kwargs)

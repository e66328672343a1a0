"""Previews: what is in a form, as sellers would see it, without saving anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from .record_context import RecordContextMixin


@dataclass(frozen=True)
class PreviewPart:
    """A section of the page; ``body`` is Markdown."""

    slug: str
    title: str
    body: str


class PreviewMixin(RecordContextMixin):
    """A "Preview" button that sends the form to a page of its own, which shows it and saves nothing."""

    def preview(self, request: HttpRequest, obj: Any, formsets: Any) -> tuple[str, str, list[PreviewPart]]:
        """Title, summary and parts of what is in the form."""
        raise NotImplementedError

    @property
    def _preview_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_preview"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preview_page)
        paths = [
            path("preview/", view, name=f"{self._preview_name}_new"),
            path("<path:object_id>/preview/", view, name=self._preview_name),
        ]
        return [*paths, *super().get_urls()]

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        context = super().record_context(request, obj)
        if obj is None:
            return context | {"preview_url": reverse(f"admin:{self._preview_name}_new")}
        if not self.has_change_permission(request, obj):
            return context
        return context | {"preview_url": reverse(f"admin:{self._preview_name}", args=[obj.pk])}

    def preview_page(self, request: HttpRequest, object_id: str | None = None) -> HttpResponseBase:
        """Check the form as saving would, and show it instead."""
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        allowed = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if request.method != "POST" or not allowed:
            raise PermissionDenied
        form = self.get_form(request, obj, change=obj is not None)(request.POST, instance=obj)
        valid = form.is_valid()
        # What ModelAdmin itself does with a form that is sent; the stubs leave it out.
        formsets, _ = self._create_formsets(request, form.instance, change=obj is not None)  # type: ignore[attr-defined]  # of the admin; no part of its stubs
        valid = valid and all(formset.is_valid() for formset in formsets)
        context: dict[str, Any] = {"valid": valid, "form": form, "formsets": formsets}
        if valid:
            context["heading"], context["summary"], context["parts"] = self.preview(request, form.instance, formsets)
        return TemplateResponse(request, "admin/portal/preview.html", context, status=200 if valid else 422)

"""Links beside the heading of a record's admin page, and pages below a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from .permitted_links import may_follow
from .record_context import RecordContextMixin


@dataclass(frozen=True)
class Tool:
    """A link beside the heading of a record's admin page, or a button for what can be undone."""

    label: str
    url: str
    at_once: bool = False


class NextStepMixin(admin.ModelAdmin[Any]):
    """Who has added a record comes to its page, where the next step stands, and not to the list."""

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        if not self.has_view_or_change_permission(request, obj):
            return super().response_post_save_add(request, obj)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", obj.pk)


class ToolsMixin(RecordContextMixin):
    """Shows links beside the heading of a record's page: what ``get_tools`` answers for the person."""

    change_form_template = "admin/portal/change_form.html"

    def get_tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        raise NotImplementedError

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        context = super().record_context(request, obj)
        if obj is None:
            return context
        return context | {"tools": [tool for tool in self.get_tools(request, obj) if may_follow(request, tool.url)]}

    def record_path(self, name: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
        """The path of a page below a record, named ``app_model_name``."""
        url_name = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=url_name)

    def record_url(self, name: str, obj: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[obj.pk])

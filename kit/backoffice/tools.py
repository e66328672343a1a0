"""Links beside the heading of a record's admin page, and pages below a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise

from .action_pages import BEGAN_ON
from .permitted_links import may_follow
from .record_context import RecordContextMixin


@dataclass(frozen=True)
class Tool:
    """A link beside the heading of a record's admin page, or a button for what can be undone.

    ``sends`` is what a button sends besides.
    """

    label: str
    url: str
    at_once: bool = False
    sends: Mapping[str, str] = field(default_factory=dict)


class NextStepMixin(admin.ModelAdmin[Any]):
    """Who has added or changed a record comes to its page, where the next step stands."""

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        if not self.has_view_or_change_permission(request, obj):
            return super().response_post_save_add(request, obj)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", obj.pk)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return self.response_post_save_add(request, obj)


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


class ListActionsMixin(ToolsMixin):
    """The page of a record offers what its list does with selected ones: the same action, which asks as it does there.

    ``on_record`` are the actions, with what their buttons say. Whoever began on the page of a record comes back to it.
    """

    on_record: ClassVar[Mapping[str, str | Promise]] = {}

    def is_offered(self, action: str, obj: Any) -> bool:
        """Whether an action does anything with the record as it is."""
        raise NotImplementedError

    def get_tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        listed = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        allowed = self.get_actions(request)
        record = {ACTION_CHECKBOX_NAME: str(obj.pk), BEGAN_ON: str(obj.pk)}
        return [
            Tool(str(label), listed, at_once=True, sends={"action": action, **record})
            for action, label in self.on_record.items()
            if action in allowed and self.is_offered(action, obj)
        ]

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        response: HttpResponse | None = super().response_action(request, queryset, *args)
        began_on = request.POST.get(BEGAN_ON, "")
        if isinstance(response, HttpResponseRedirect) and began_on and self.get_object(request, began_on) is not None:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", began_on)
        return response

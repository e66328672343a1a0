"""Links of the admin lead only where the person may go: to everybody else, what they name is plain text."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.contrib.admin import helpers
from django.db.models import Model
from django.http import HttpRequest
from django.urls import Resolver404, resolve


def may_open(request: HttpRequest, model: type[Model]) -> bool:
    """Whether the person's roles open the pages of a model's records."""
    model_admin = admin.site._registry.get(model)
    return model_admin is not None and model_admin.has_view_or_change_permission(request)


def may_follow(request: HttpRequest, url: str) -> bool:
    """Whether the person's roles open a page; one that is not about the records of a model is not asked about here."""
    try:
        name = resolve(urlsplit(url).path).url_name or ""
    except Resolver404:
        return True
    for model in admin.site._registry:
        if name.startswith(f"{model._meta.app_label}_{model._meta.model_name}_"):
            return may_open(request, model) or (name.endswith("_add") and _may_add(request, model))
    return True


def _may_add(request: HttpRequest, model: type[Model]) -> bool:
    return admin.site._registry[model].has_add_permission(request)


class PermittedLinksMixin(admin.ModelAdmin[Any]):
    """Forms that know who looks at them: a record's own, and those of the rows that belong to it."""

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        form.request = request  # type: ignore[attr-defined]  # each request has a form class of its own
        return form

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            formset.form.request = request
            yield formset, inline


class PermittedLinkField(helpers.AdminReadonlyField):
    """A read-only value; its form carries the request of whoever looks at it."""

    def get_admin_url(self, remote_field: Any, remote_obj: Model) -> str:
        request = getattr(self.form, "request", None)
        if request is not None and not may_open(request, remote_field.model):
            return str(remote_obj)
        return super().get_admin_url(remote_field, remote_obj)


helpers.AdminReadonlyField = PermittedLinkField  # type: ignore[misc]  # Django offers no other place to say it in

"""Admin pages that do one thing to a record, and pages that ask once more before it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ..outcomes import Refused
from ..pages.submitted import submitted
from .scopes import limit_choices, scope_of
from .sent_twice import TOKEN
from .shown_values import FIELD, ShownValues, fingerprint, sentences_of_changes


def bound_data(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: what was sent, even if it is empty; nothing when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def list_url(model: type[Model], **filters: object) -> str:
    """The address of a model's admin list with filters applied."""
    query = {key: str(value) for key, value in filters.items()}
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=query)


def get_record(model_admin: admin.ModelAdmin[Any], request: HttpRequest, object_id: str, *, allowed: bool) -> Any:
    """The record a page is about. 403 for people who may not do what the page does, 404 if there is no such record."""
    if not allowed:
        raise PermissionDenied
    record = model_admin.get_object(request, unquote(object_id))
    if record is None:
        raise Http404(_("No such record."))
    return record


@dataclass(frozen=True)
class ActionPage:
    """A page of the admin that asks for input and does one thing through a service.

    ``run`` gets the cleaned form and calls the service, which writes the audit trail. It returns the record that the
    service wrote, or a page that asks more. ``done`` is what is said then, or makes it of the record. A ``Refused``
    becomes an error of the field it names, and what was typed stays. ``check`` raises what the service would say no to
    whatever is typed: who opens the page is told that instead of asked. ``shown`` is what the person decides by and
    others may change. Nothing is done once it differs from what the page has shown. ``fieldsets`` are as in
    ``ModelAdmin``. A page with more to show than the form has a ``template`` of its own, and ``context`` for it.
    """

    model_admin: admin.ModelAdmin[Any]
    title: str
    button: str
    done: str | Callable[[Any], str]
    run: Callable[[dict[str, Any]], Model | HttpResponse]
    record: Any = None
    check: Callable[[], None] | None = None
    intro: str = ""
    shown: ShownValues = field(default_factory=dict)
    fieldsets: Any = None
    template: str = "admin/portal/action_page.html"
    context: Mapping[str, Any] = field(default_factory=dict)

    def respond(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        """Show the form, or do it and go to the record."""
        limit_choices(form, scope_of(request))
        if request.method == "POST" and form.is_valid():
            if changes := sentences_of_changes(request.POST.get(FIELD), self.shown):
                form.add_error(None, ValidationError(changes))
                return self._page(request, form, status=HTTPStatus.CONFLICT)
            try:
                return self._done(request, form.cleaned_data)
            except Refused as refused:
                field = refused.field if refused.field in form.fields else None
                form.add_error(field, str(refused))
                return self._page(request, form, status=HTTPStatus.OK if field else HTTPStatus.CONFLICT)
        return self._not_possible(request) or self._page(request, form)

    def _not_possible(self, request: HttpRequest) -> HttpResponse | None:
        if request.method == "POST" or self.check is None:
            return None
        try:
            self.check()
        except Refused as refused:
            return not_possible_page(self.model_admin, request, title=self.title, why=str(refused), record=self.record)
        return None

    def show(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        """Show the form as it is filled in."""
        limit_choices(form, scope_of(request))
        return self._page(request, form)

    def _done(self, request: HttpRequest, data: dict[str, Any]) -> HttpResponse:
        with transaction.atomic():
            record = self.run(data)
        if isinstance(record, HttpResponse):
            return record
        messages.success(request, self.done(record) if callable(self.done) else self.done)
        opts = record._meta  # it may be of another kind than the record that the page is about
        return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", record.pk)

    def _page(self, request: HttpRequest, form: forms.Form, *, status: int = HTTPStatus.OK) -> HttpResponse:
        fieldsets = self.fieldsets or [(None, {"fields": list(form.fields)})]
        admin_form = AdminForm(form, fieldsets, {}, model_admin=self.model_admin)  # type: ignore[arg-type]  # a plain form does
        context = {
            "title": self.title,
            "opts": self.model_admin.opts,
            "original": self.record,
            "intro": self.intro,
            "button": self.button,
            "adminform": admin_form,
            "form": form,
            FIELD: fingerprint(self.shown),
            "media": self.model_admin.media + admin_form.media,
            **self.context,
        }
        return TemplateResponse(request, self.template, context, status=status)


ListAction = Callable[[Any, HttpRequest, Any], HttpResponse | None]

CONFIRMED = "confirmed"
MAX_SHOWN = 20


BEGAN_ON = "began_on"
"""What names the record on whose page an action of its list was begun; who is done, or goes back, comes to it."""


def confirm_first(
    intro: str | Promise, detail: Callable[[Any], str] = lambda record: ""
) -> Callable[[ListAction], ListAction]:
    """An action of a list that shows what was selected, each with its ``detail``, and asks before it does anything."""

    def decorate(action: ListAction) -> ListAction:
        @wraps(action)
        def asking(model_admin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
            if CONFIRMED in request.POST:
                return action(model_admin, request, queryset)
            count = queryset.count()
            context = {
                "title": f"{dict(model_admin.get_action_choices(request))[action.__name__]}?",
                "opts": model_admin.opts,
                "intro": intro,
                "selected": [(record, detail(record)) for record in queryset[:MAX_SHOWN]],
                "more": max(count - MAX_SHOWN, 0),
                "began_on": request.POST.get(BEGAN_ON, ""),
                "fields": [(name, value) for name, values in request.POST.lists() for value in values if name != TOKEN],
            }
            return TemplateResponse(request, "admin/portal/ask_first.html", context)

        return asking

    return decorate


def not_possible_page(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, *, title: str, why: str, record: Any
) -> HttpResponse:
    """The answer to who opens a step's page when what it does is done, or is no longer possible.

    Who sends the page then is shown what they typed; a step that asks for much is better refused by its service.
    """
    context = {
        "title": title,
        "opts": model_admin.opts,
        "original": record,
        "why": why,
        "submitted": submitted(request.POST),
    }
    return TemplateResponse(
        request, "admin/portal/not_possible.html", context, status=409 if request.method == "POST" else 200
    )

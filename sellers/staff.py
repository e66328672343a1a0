"""What the admin pages of all apps share: read-only records, links beside the heading, and pages that ask once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from .audited import AuditedAdmin
from .choosers import ChoosersMixin, RecordField
from .models import User
from .openable import may_follow
from .services import Refused
from .typed import typed

__all__ = [
    "AuditedAdmin",
    "ChoosersMixin",
    "MomentInput",
    "ProvenAdmin",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "RecordField",
    "Step",
    "SuggestingInput",
    "Tool",
    "ToolsMixin",
    "asks_first",
    "get_record",
    "listed",
    "person",
    "prove",
    "sent",
    "tell_of_change",
]


BY_STAFF = {"ip": "not told: the marketplace's staff did it", "user_agent": "the portal's administration"}


def tell_of_change(request: HttpRequest, user: User, notice: str, *, to: str | None = None, **told: str) -> None:
    """Tell a person by email what staff changed about how they sign in, where they read it before the change."""
    get_adapter(request).send_notification_mail(notice, user, {**BY_STAFF, **told}, to)


class ProvenAdmin(AuditedAdmin):
    """Pages about how people sign in: whoever saves something there proves once more who they are, as on their own."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        prove(request)
        return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        prove(request)
        return super().delete_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        prove(request)
        return super().changelist_view(request, *args, **kwargs)


def prove(request: HttpRequest) -> None:
    """django-allauth asks for the password or a code, keeps what was sent meanwhile, and goes on with it."""
    if request.method == "POST":
        raise_if_reauthentication_required(request, app="allauth.account")


class ReadOnlyAdmin(AuditedAdmin):
    """Records that staff look at: written by services only, so nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    """Rows that belong to a record, to look at."""

    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@dataclass(frozen=True)
class Tool:
    """A link beside the heading of a record's admin page."""

    label: str
    url: str


class ToolsMixin(AuditedAdmin):
    """Shows links beside the heading of a record's page: what ``get_tools`` answers for the person."""

    change_form_template = "admin/portal/change_form.html"

    def get_tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        raise NotImplementedError

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context["tools"] = [tool for tool in self.get_tools(request, obj) if may_follow(request, tool.url)]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def record_path(self, name: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
        """The path of a page below a record, named ``app_model_name``."""
        url_name = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=url_name)

    def record_url(self, name: str, obj: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[obj.pk])


class MomentInput(AdminSplitDateTime):
    """A date and a time, each named after the field for people who do not see the label above both."""

    def __init__(self, label: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        for part, widget in zip(("date", "time"), self.widgets, strict=True):
            widget.attrs["aria-label"] = f"{label}, {part}"


class SuggestingInput(AdminTextInputWidget):
    """A line of free text that offers what there is; looked up when the line is shown."""

    def __init__(self, suggestions: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self.suggestions = suggestions

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        list_id = f"{name}-suggestions"
        line = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((one,) for one in self.suggestions()))
        return format_html('{}<datalist id="{}">{}</datalist>', line, list_id, options)


def person(request: HttpRequest) -> User:
    """Who asks: the admin lets only people in."""
    return cast(User, request.user)


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: what was sent, even if it is empty; nothing when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def listed(model: type[Model], **filters: object) -> str:
    """The address of a model's admin list with filters applied."""
    query = {key: str(value) for key, value in filters.items()}
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=query)


def get_record(model_admin: admin.ModelAdmin[Any], request: HttpRequest, object_id: str, *, allowed: bool) -> Any:
    """The record a page is about. 403 for people who may not do what the page does, 404 if there is no such record."""
    if not allowed:
        raise PermissionDenied
    record = model_admin.get_object(request, unquote(object_id))
    if record is None:
        raise Http404("No such record.")
    return record


@dataclass(frozen=True)
class Step:
    """A page of the admin that asks for input and does one thing through a service.

    ``run`` gets the cleaned form, calls the service, which writes the audit trail, and returns the record it wrote,
    or a page that asks more. A ``Refused`` becomes an error of the field it names, and what was typed stays.
    ``fieldsets`` are as in ``ModelAdmin``. A page with more to show than the form has a ``template`` of its own,
    and ``context`` for it.
    """

    model_admin: AuditedAdmin
    title: str
    button: str
    done: str
    run: Callable[[dict[str, Any]], Model | HttpResponse]
    record: Any = None
    intro: str = ""
    fieldsets: Any = None
    template: str = "admin/portal/step.html"
    context: Mapping[str, Any] = field(default_factory=dict)

    def respond(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        """Show the form, or do it and go to the record."""
        if request.method == "POST" and form.is_valid():
            try:
                return self._done(request, form.cleaned_data)
            except Refused as refused:
                field = refused.field if refused.field in form.fields else None
                form.add_error(field, str(refused))
                return self._page(request, form, status=HTTPStatus.OK if field else HTTPStatus.CONFLICT)
        return self._page(request, form)

    def show(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        """Show the form as it is filled in."""
        return self._page(request, form)

    def _done(self, request: HttpRequest, data: dict[str, Any]) -> HttpResponse:
        with transaction.atomic():
            record = self.run(data)
        if isinstance(record, HttpResponse):
            return record
        messages.success(request, self.done)
        opts = self.model_admin.opts
        return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", record.pk)

    def _page(self, request: HttpRequest, form: forms.Form, *, status: int = HTTPStatus.OK) -> HttpResponse:
        fieldsets = self.fieldsets or [(None, {"fields": list(form.fields)})]
        admin_form = AdminForm(form, fieldsets, {}, model_admin=self.model_admin)  # type: ignore[arg-type]  # a plain form does
        context = {
            **self.model_admin.admin_site.each_context(request),
            "title": self.title,
            "opts": self.model_admin.opts,
            "original": self.record,
            "intro": self.intro,
            "button": self.button,
            "adminform": admin_form,
            "form": form,
            "media": self.model_admin.media + admin_form.media,
            **self.context,
        }
        return TemplateResponse(request, self.template, context, status=status)


ListAction = Callable[[Any, HttpRequest, Any], HttpResponse | None]

CONFIRMED = "confirmed"
TOKEN = "csrfmiddlewaretoken"  # noqa: S105  # the name of a field
MOST_SHOWN = 20


def asks_first(intro: str, detail: Callable[[Any], str] = lambda record: "") -> Callable[[ListAction], ListAction]:
    """An action of a list that shows what was selected, each with its ``detail``, and asks before it does anything."""

    def decorate(action: ListAction) -> ListAction:
        @wraps(action)
        def asking(model_admin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
            if CONFIRMED in request.POST:
                return action(model_admin, request, queryset)
            count = queryset.count()
            context = {
                **model_admin.admin_site.each_context(request),
                "title": f"{dict(model_admin.get_action_choices(request))[request.POST['action']]}?",
                "opts": model_admin.opts,
                "intro": intro,
                "selected": [(record, detail(record)) for record in queryset[:MOST_SHOWN]],
                "more": max(count - MOST_SHOWN, 0),
                "fields": [(name, value) for name, values in request.POST.lists() for value in values if name != TOKEN],
            }
            return TemplateResponse(request, "admin/portal/ask_first.html", context)

        return asking

    return decorate


def nothing_to_do(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, *, title: str, why: str, record: Any
) -> HttpResponse:
    """The answer to somebody who opens a step's page when what it does is done, or cannot be done any more.

    Who sends the page then is shown what they typed; a step that asks for much is better refused by its service.
    """
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.opts,
        "original": record,
        "why": why,
        "typed": typed(request.POST),
    }
    return TemplateResponse(
        request, "admin/portal/nothing_to_do.html", context, status=409 if request.method == "POST" else 200
    )

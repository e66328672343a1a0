"""The page on which staff keep the reasons by which decisions on appeals are counted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import AuditedAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.filters import happened
from kit.backoffice.scopes import scope_of
from kit.backoffice.tools import Tool, ToolsMixin

from ..models import AppealReason
from ..services import retire_appeal_reason


@admin.register(AppealReason)
class AppealReasonAdmin(ToolsMixin, AuditedAdmin):
    """Retired and not deleted: decisions were counted by it."""

    list_display = ["code", "label", "outcome", "market", "policy", "language", "stands"]
    list_filter = [
        "outcome",
        ("retired_at", happened(_lazy("state"), not_yet=_lazy("In use"), done=_lazy("Retired"))),
        "market",
        "policy",
    ]
    list_select_related = ["market", "policy"]
    search_fields = ["=code", "label"]
    empty_value_display = _lazy("every")  # market, policy or language
    fields = ["outcome", "code", "label", "market", "policy", "language"]

    @admin.display(description=_lazy("State"))
    def stands(self, reason: AppealReason) -> str:
        return _("Retired") if reason.retired_at else _("In use")

    def limit_to(self, queryset: QuerySet[AppealReason], scope: Collection[int]) -> QuerySet[AppealReason]:
        """What holds in every market is shown to everybody."""
        return queryset.filter(Q(market__in=list(scope)) | Q(market=None))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Who works for some markets writes for one of them."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "market" and field is not None:
            field.required = scope_of(request) is not None
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: AppealReason | None = None) -> Any:
        return ["outcome", "code"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: AppealReason | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: AppealReason | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("retire", self.retire_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: AppealReason) -> list[Tool]:
        is_offered = self.has_change_permission(request, obj)
        return [Tool(_("Retire"), self.record_url("retire", obj))] if is_offered else []

    def retire_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        reason = get_record(self, request, object_id, allowed=super().has_change_permission(request))
        if not _is_in_scope(request, reason):
            raise PermissionDenied
        page = ActionPage(
            model_admin=self,
            record=reason,
            title=_("Retire “%(reason)s”?") % {"reason": reason},
            button=_("Retire it"),
            done=_("No decision can name it any more. Those that did keep it."),
            intro=_("Decisions that named it keep its code and its label."),
            run=lambda data: retire_appeal_reason(reason=reason, retired_by=person(request), now=timezone.now()),
        )
        return page.respond(request, forms.Form(bound_data(request)))


def _is_own(request: HttpRequest, reason: AppealReason | None) -> bool:
    """Whether somebody may still change it: it is in use, and is not for markets that they do not work for."""
    return reason is None or (reason.retired_at is None and _is_in_scope(request, reason))


def _is_in_scope(request: HttpRequest, reason: AppealReason) -> bool:
    scope = scope_of(request)
    return scope is None or reason.market_id in scope

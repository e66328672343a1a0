"""Staff pages of what somebody decided alone that two people decide: who, when, of what and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.tools import Tool, ToolsMixin
from kit.second_person import TwoPeople

from . import wording
from .admin_pages import ReadOnlyAdmin
from .models import LoneDecision
from .presentation import history_url
from .selectors import lone_decisions_for
from .services import read_lone_decision


@admin.register(LoneDecision)
class LoneDecisionAdmin(ToolsMixin, ReadOnlyAdmin):
    """Whoever may approve such a record sees it; auditors see all."""

    list_display = ["what", "kind", "person", "at", "reason"]
    list_display_links = ["what"]
    list_select_related = ["entry__person"]
    sortable_by = ()
    fields = ["record", "kind", "person", "at", "reason", "read_by"]
    readonly_fields = ["record", "kind", "person", "at", "reason", "read_by"]

    @admin.display(description=_lazy("What"))
    def what(self, decision: LoneDecision) -> str:
        return decision.entry.object_name

    @admin.display(description=_lazy("What"))
    def record(self, decision: LoneDecision) -> str:
        url, name = history_url(decision.entry), decision.entry.object_name
        return format_html('<a href="{}"><bdi>{}</bdi></a>', url, name) if url else name

    @admin.display(description=_lazy("Kind"))
    def kind(self, decision: LoneDecision) -> str:
        return wording.kind_words(decision.entry.kind)

    @admin.display(description=_lazy("Who"))
    def person(self, decision: LoneDecision) -> str:
        return str(decision.entry.person or decision.entry.actor)

    @admin.display(description=_lazy("When (UTC)"))
    def at(self, decision: LoneDecision) -> Any:
        return decision.entry.at

    @admin.display(description=_lazy("Why alone"))
    def reason(self, decision: LoneDecision) -> str:
        return decision.entry.note

    @admin.display(description=_lazy("Read by"))
    def read_by(self, decision: LoneDecision) -> str:
        return ", ".join(str(person) for person in decision.readers.order_by("pk"))

    # --- Who may look

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: LoneDecision | None = None) -> bool:
        if super().has_view_permission(request, obj):
            return True
        wanted = [obj.permission] if obj else approvals()
        return any(request.user.has_perm(one) for one in wanted)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LoneDecision]:
        found = super().get_queryset(request)
        if super().has_view_permission(request):
            return found
        return found.filter(permission__in=request.user.get_all_permissions())

    # --- Reading it

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("read", self.read_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: LoneDecision) -> list[Tool]:
        is_waiting = lone_decisions_for(request.user).filter(pk=obj.pk).exists()
        return [Tool(_("I have read it"), self.record_url("read", obj))] if is_waiting else []

    def read_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        decision: LoneDecision = get_record(self, request, object_id, allowed=self.has_view_permission(request))
        if not request.user.has_perm(decision.permission):
            raise PermissionDenied  # it is told to who may approve the same; auditors look

        def run(data: dict[str, Any]) -> LoneDecision:
            assert isinstance(request.user, AbstractBaseUser)  # noqa: S101  # The admin lets nobody else in.
            return read_lone_decision(decision=decision, read_by=request.user, now=timezone.now())

        page = ActionPage(
            model_admin=self,
            record=decision,
            title=_("Decided alone: %(what)s") % {"what": decision},
            button=_("I have read it"),
            done=_("It does not stand on your home page any more."),
            intro=wording.went_alone(person=self.person(decision), reason=decision.entry.note),
            run=run,
        )
        return page.respond(request, forms.Form(bound_data(request)))


def approvals() -> set[str]:
    """The permissions of those who approve what somebody else proposed."""
    return {model.approved_with for model in apps.get_models() if issubclass(model, TwoPeople)}

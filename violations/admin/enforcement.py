"""Staff pages of enforcement actions: what was imposed, and lifting it before its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import NewestFirstAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, not_possible_page
from kit.backoffice.tools import Tool, ToolsMixin
from kit.formatting import utc_words

from ..models import Capability, EnforcementAction
from ..services import lift_action
from .explanation import explanation_tools
from .forms import ReasonForm


class ActionStateFilter(admin.SimpleListFilter):
    title = _lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("in_force", _("In force")),
            ("upcoming", _("Announced")),
            ("lifted", _("Lifted")),
            ("unconfirmed", _("Not confirmed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        states: dict[str, Callable[[], QuerySet[Any]]] = {
            "in_force": lambda: queryset.in_force(as_of=now),  # type: ignore[attr-defined]  # of EnforcementAction
            "upcoming": lambda: queryset.upcoming(as_of=now),  # type: ignore[attr-defined]  # the same
            "unconfirmed": lambda: queryset.to_acknowledge(as_of=now),  # type: ignore[attr-defined]  # the same
            "lifted": lambda: queryset.filter(lifted_at__isnull=False),
        }
        chosen = states.get(self.value() or "")
        return chosen() if chosen else queryset


def _over(action: EnforcementAction) -> str:
    """Why there is nothing to lift any more; empty while there is."""
    if action.lifted_at is not None:
        return _("It was lifted on %(moment)s, because: %(reason)s") % {
            "moment": utc_words(action.lifted_at),
            "reason": action.lift_reason,
        }
    if action.ends_at is not None and action.ends_at <= timezone.now():
        return _("It ended by itself on %(moment)s.") % {"moment": utc_words(action.ends_at)}
    return ""


@admin.register(EnforcementAction)
class EnforcementActionAdmin(ToolsMixin, NewestFirstAdmin):
    list_display = ["__str__", "milestone", "starts_at", "in_effect_since", "ends_at", "lifted_at"]
    list_filter = [ActionStateFilter, "kind", "seller__market", "starts_at"]
    list_select_related = ["seller", "milestone"]
    search_fields = ["seller__name", "=seller__external_id"]
    search_help_text = _lazy("The seller's name or id")
    fieldsets = [
        (None, {"fields": ["seller", "kind", "takes_away", "starts_at", "ends_at"]}),
        (_lazy("Why"), {"fields": ["milestone", "milestone_points", "total", "violation", "notice", "noticed_at"]}),
        (
            _lazy("Confirmed by the marketplace (UTC)"),
            {"fields": ["in_effect_since", "acknowledged_at", "acknowledged_by"]},
        ),
        (_lazy("Lifted (UTC)"), {"fields": ["lifted_at", "lifted_by", "lift_reason"]}),
    ]
    readonly_fields = ["takes_away"]

    @admin.display(description=_lazy("Takes away"))
    def takes_away(self, action: EnforcementAction) -> str:
        return ", ".join(str(Capability(one).label) for one in action.capabilities) or "-"

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("violations.lift_enforcementaction")

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("lift", self.lift_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: EnforcementAction) -> list[Tool]:
        tools = explanation_tools(request, obj.seller, label=_("The seller's points then"), as_of=obj.noticed_at)
        if not _over(obj) and self.has_lift_permission(request):
            tools.append(Tool(_("Lift"), self.record_url("lift", obj)))
        return tools

    def lift_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        action = get_record(self, request, object_id, allowed=self.has_lift_permission(request))
        if request.method != "POST" and (why := _over(action)):
            return not_possible_page(self, request, title=_("There is nothing to lift"), why=why, record=action)

        def run(data: dict[str, Any]) -> EnforcementAction:
            return lift_action(
                action=action,
                reason=data["reason"],
                lifted_by=person(request),
                now=timezone.now(),
            )

        page = ActionPage(
            model_admin=self,
            record=action,
            title=_("Lift: %(action)s?") % {"action": action},
            button=_("Lift it"),
            done=_("The action is lifted and the seller is told."),
            intro=_("It ends at once and the seller is told. The points stay as they are."),
            run=run,
        )
        return page.respond(request, ReasonForm(bound_data(request)))

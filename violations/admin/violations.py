"""Staff pages of violations: what was issued, issuing one, and voiding it.

Nothing is edited here. Issuing and voiding go through the services and are noted in the record's history.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import NewestFirstAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, list_url, not_possible_page
from kit.backoffice.read_only import ReadOnlyInline
from kit.backoffice.scopes import ScopedRelatedFilter
from kit.backoffice.tools import Tool, ToolsMixin
from kit.formatting import position_words, utc_words

from .. import documents, selectors
from ..models import Appeal, EnforcementAction, PointsEntry, Violation
from ..services import Effect, issue_violation, preview_violation, void_violation
from ..wording.decisions import decision_words
from ..wording.statements import section_words
from .explanation import explanation_tools
from .forms import IssueForm, ReasonForm, new_external_id, violation_draft


class ViolationStateFilter(admin.SimpleListFilter):
    title = _lazy("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Stands")), ("no", _("Voided"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(voided_at__isnull=self.value() == "yes")


class PolicyFilter(ScopedRelatedFilter):
    """Looks between the first and the last violation of a policy: one that is retired has none among the newest."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = cast("QuerySet[Any]", super().queryset(request, queryset))
        if not self.lookup_val:
            return found
        chosen = [int(value) for value in self.lookup_val]  # a list, whatever the stubs say
        return found.filter(pk__range=selectors.ends_of_policies(chosen))


class EntriesOfViolation(ReadOnlyInline):
    model = PointsEntry
    fields = ["kind", "points", "effective_at", "expires_at", "reason"]
    verbose_name_plural = _lazy("points")


class ActionsOfViolation(ReadOnlyInline):
    model = EnforcementAction
    fields = ["kind", "milestone", "starts_at", "ends_at", "lifted_at"]
    verbose_name_plural = _lazy("enforcement actions it led to")


def _to_appeal(appeal: Appeal) -> Tool:
    return Tool(
        _("Appeal, %(outcome)s") % {"outcome": appeal.outcome.lower()},
        reverse("admin:violations_appeal_change", args=[appeal.pk]),
    )


def _mass_reversal_like(violation: Violation) -> str:
    """The form of a mass reversal, filled in with what a violation has in common with others."""
    common = {
        "market": violation.market_id,
        "policy": violation.policy_version.policy_id,
        "source": violation.source,
        "detection": violation.detection,
        "detector": violation.detector,
        "detector_version": violation.detector_version,
    }
    return reverse("admin:violations_massreversal_add", query=common)


@admin.register(Violation)
class ViolationAdmin(ToolsMixin, NewestFirstAdmin):
    list_display = ["external_id", "seller", "policy", "issued_at", "detection", "stands"]
    list_filter = [
        "market",
        ViolationStateFilter,
        "detection",
        ("policy_version__policy", PolicyFilter),
        "recorded_at",
    ]
    list_select_related = ["seller", "policy_version__policy"]
    search_fields = ["=external_id", "seller__name", "=seller__external_id"]
    search_help_text = _lazy("External id, or the seller's name or id")
    view_on_site = False
    inlines = [EntriesOfViolation, ActionsOfViolation]
    fieldsets = [
        (None, {"fields": ["seller", "market", "external_id", "policy_version", "stands"]}),
        (
            _lazy("Evidence, as it was when it was issued (times in UTC)"),
            {
                "fields": [
                    "content_kind",
                    "content_title",
                    "content_url",
                    "content_published_at",
                    "position",
                    "facts",
                    "detection",
                    ("detector", "detector_version"),
                    "decided_by",
                ]
            },
        ),
        (_lazy("The content as it is now"), {"fields": ["content"]}),
        (_lazy("Statement of reasons"), {"fields": ["decided", "section", "explanation", "appeal_until"]}),
        (_lazy("How it came in (UTC)"), {"fields": ["issued_at", "issued_by", "recorded_at", "source"]}),
    ]
    voiding = (_lazy("Voided (UTC)"), {"fields": ["voided_at", "voided_by", "void_reason", "mass_reversal"]})
    readonly_fields = ["stands", "position", "decided_by", "decided", "section"]

    def get_fieldsets(self, request: HttpRequest, obj: Violation | None = None) -> Any:
        if obj is None or obj.is_standing:
            return self.fieldsets
        return [self.fieldsets[0], self.voiding, *self.fieldsets[1:]]

    @admin.display(description=_lazy("Policy"), ordering="policy_version__policy__name")
    def policy(self, violation: Violation) -> str:
        return str(violation.policy)

    @admin.display(description=_lazy("State"), ordering="voided_at")
    def stands(self, violation: Violation) -> str:
        return _("Stands") if violation.is_standing else _("Voided")

    @admin.display(description=_lazy("Who decided"), ordering="automated")
    def decided_by(self, violation: Violation) -> str:
        return _("An automated system, without a person") if violation.automated else _("A person")

    @admin.display(description=_lazy("What was decided"))
    def decided(self, violation: Violation) -> str:
        return decision_words(violation)

    @admin.display(description=_lazy("Section it breaks"))
    def section(self, violation: Violation) -> str:
        return section_words(violation)

    @admin.display(description=_lazy("Position"))
    def position(self, violation: Violation) -> str:
        if violation.position_seconds is None:
            return "-"
        return position_words(violation.position_seconds)

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return super().record_context(request, obj) | {"title": f"{obj.policy}: {obj.seller}", "subtitle": None}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("violations.issue_violation")

    def has_void_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("violations.void_violation")

    def get_urls(self) -> list[URLPattern]:
        pages = [self.record_path("void", self.void_page), self.record_path("statement", self.statement)]
        return [*pages, *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: Violation) -> list[Tool]:
        tools = [Tool(_("All of this seller's"), list_url(Violation, seller__id__exact=obj.seller_id))]
        tools += explanation_tools(request, obj.seller, label=_("The seller's points then"), as_of=obj.recorded_at)
        tools.append(Tool(_("Statement as PDF"), self.record_url("statement", obj)))
        if request.user.has_perm("violations.view_appeal"):
            tools += [_to_appeal(appeal) for appeal in obj.appeals.order_by("filed_at")]
        if obj.is_standing and self.has_void_permission(request):
            tools.append(Tool(_("Void"), self.record_url("void", obj)))
        if obj.is_standing and request.user.has_perm("violations.void_violations_in_bulk"):
            tools.append(Tool(_("Void all like it"), _mass_reversal_like(obj)))
        return tools

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Fill in a violation, see what issuing it would do, and issue it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        initial = {"external_id": new_external_id(), "issued_at": timezone.now().replace(microsecond=0)}
        form = IssueForm(bound_data(request), initial=initial | request.GET.dict())

        def run(data: dict[str, Any]) -> Violation | HttpResponse:
            """Only what was confirmed is issued: another effect than the one that was shown is shown first."""
            draft, market, by = violation_draft(data), data["seller"].market, person(request)
            now = timezone.now()
            effect = preview_violation(market=market, draft=draft, source="admin", issued_by=by, now=now)
            if effect.is_known or request.POST.get("confirmed") == effect.digest:
                return issue_violation(market=market, draft=draft, source="admin", issued_by=by, now=now)
            return self._confirm(request, data, effect)

        page = ActionPage(
            model_admin=self,
            title=_("Issue a violation"),
            button=_("See what it would do"),
            done=_("The violation is issued and the seller is told. It can be voided, but not changed."),
            fieldsets=IssueForm.fieldsets,
            intro=_("Nothing is issued before you have seen what it would do and confirmed it."),
            run=run,
        )
        return page.show(request, form) if "change" in request.POST else page.respond(request, form)

    def _confirm(self, request: HttpRequest, data: dict[str, Any], effect: Effect) -> HttpResponse:
        """What issuing would do, with what was filled in, to confirm or to change."""
        post = request.POST.copy()
        post["external_id"] = data["external_id"]
        for name in ("csrfmiddlewaretoken", "confirmed"):
            post.pop(name, None)
        context = {
            "title": _("Issue this violation to %(seller)s?") % {"seller": effect.violation.seller},
            "opts": self.opts,
            "effect": effect,
            "seller": effect.violation.seller,
            "fields": [(name, value) for name, values in post.lists() for value in values],
            "changed": "confirmed" in request.POST,
        }
        return TemplateResponse(request, "admin/violations/violation/confirm.html", context)

    def statement(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The statement of reasons as the seller can download it."""
        violation = get_record(self, request, object_id, allowed=self.has_view_permission(request))
        return documents.statement(seller=violation.seller, violation_id=violation.pk, now=timezone.now())

    def void_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        violation = get_record(self, request, object_id, allowed=self.has_void_permission(request))
        if request.method != "POST" and violation.voided_at is not None:
            return self._voided_already(request, violation, violation.voided_at)

        def run(data: dict[str, Any]) -> Violation:
            by = person(request)
            return void_violation(violation=violation, reason=data["reason"], voided_by=by, now=timezone.now())

        page = ActionPage(
            model_admin=self,
            record=violation,
            title=_("Void %(violation)s of %(seller)s?") % {"violation": violation, "seller": violation.seller},
            button=_("Void it"),
            done=_("The violation is voided and the seller is told."),
            intro=_(
                "What is left of its points is reversed, and actions that it alone caused are lifted. The "
                "seller is told at once. This cannot be undone."
            ),
            run=run,
        )
        return page.respond(request, ReasonForm(bound_data(request)))

    def _voided_already(self, request: HttpRequest, violation: Violation, voided_at: datetime) -> HttpResponse:
        title = _("%(violation)s is voided already") % {"violation": violation}
        why = _("It was voided on %(moment)s, because: %(reason)s") % {
            "moment": utc_words(voided_at),
            "reason": violation.void_reason,
        }
        return not_possible_page(self, request, title=title, why=why, record=violation)

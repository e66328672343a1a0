"""Staff pages of appeals: the queue, what a reviewer needs to decide, the decisions, and how they turn out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminIntegerFieldWidget, AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.timesince import timesince

from sellers.models import User
from sellers.staff import ReadOnlyAdmin, Step, Tool, ToolsMixin, get_record, listed, sent

from .. import selectors
from ..attachments import download
from ..models import Appeal, Violation
from ..services import deny_appeal, grant_appeal, grant_partly
from .forms import ReasonForm


class GrantForm(forms.Form):
    """Why an appeal is granted."""

    reason = forms.CharField(
        widget=AdminTextareaWidget, required=False, help_text="The seller reads it. Empty: that it was granted."
    )


class PartlyForm(ReasonForm):
    """How many points to credit, and why."""

    points = forms.IntegerField(
        min_value=1, widget=AdminIntegerFieldWidget, help_text="Taken off those that the violation has left."
    )
    field_order = ["points", "reason"]


class StateFilter(admin.SimpleListFilter):
    """Shows what waits unless something else is chosen."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "All"), *((str(value), str(label)) for value, label in Appeal.State.choices[1:])]

    def choices(self, changelist: Any) -> Any:
        waiting, *others = super().choices(changelist)
        yield {**waiting, "display": "Waits for a decision"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset.filter(pk__in=Appeal.objects.open().values("pk"))
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(Appeal)
class AppealAdmin(ToolsMixin, ReadOnlyAdmin):
    """The reviewers' queue: the appeal that waits longest comes first."""

    list_display = ["__str__", "seller", "policy", "points_assessed", "filed_at", "waits", "where_it_stands"]
    list_filter = [
        StateFilter,
        ("seller__market", admin.RelatedOnlyFieldListFilter),
        ("violation__policy_version__policy", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["seller__name", "=seller__external_id", "=violation__external_id"]
    search_help_text = "The seller's name or id, or the violation's external id"
    ordering = ["filed_at", "id"]
    show_full_result_count = False
    view_on_site = False
    fieldsets = [
        (None, {"fields": ["seller", "where_it_stands", "filed_at", "filed_by", "waits"]}),
        ("What the seller says", {"fields": ["said", "files"]}),
        ("The violation", {"fields": ["violation", "issued_by", "evidence", "history"]}),
        ("The seller's other appeals", {"fields": ["other_appeals"]}),
        ("Decision (UTC)", {"fields": ["decided_at", "decided_by", "decision_reason", "credit", "withdrawn_at"]}),
    ]
    readonly_fields = [
        "where_it_stands", "waits", "said", "files", "issued_by", "evidence", "history", "other_appeals"
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("seller", "violation__policy_version__policy")

    @admin.display(description="Policy", ordering="violation__policy_version__policy__name")
    def policy(self, appeal: Appeal) -> str:
        return str(appeal.violation.policy)

    @admin.display(description="Points assessed", ordering="violation__policy_version__points")
    def points_assessed(self, appeal: Appeal) -> int:
        return appeal.violation.policy_version.points

    @admin.display(description="State")
    def where_it_stands(self, appeal: Appeal) -> str:
        return appeal.outcome

    @admin.display(description="Waits for")
    def waits(self, appeal: Appeal) -> str:
        return timesince(appeal.filed_at, depth=1) if appeal.is_open else "-"

    @admin.display(description="Text")
    def said(self, appeal: Appeal) -> str:
        return render_to_string("admin/violations/appeal/said.html", {"appeal": appeal})

    @admin.display(description="Attachments")
    def files(self, appeal: Appeal) -> str:
        files = [(file, self._attachment_url(appeal, file.pk)) for file in appeal.attachments.all()]
        return render_to_string("admin/violations/appeal/files.html", {"files": files})

    @admin.display(description="Issued by")
    def issued_by(self, appeal: Appeal) -> str:
        return str(appeal.violation.issued_by or appeal.violation.source)

    @admin.display(description="Evidence")
    def evidence(self, appeal: Appeal) -> str:
        return render_to_string("admin/violations/appeal/evidence.html", {"violation": appeal.violation})

    @admin.display(description="History")
    def history(self, appeal: Appeal) -> str:
        violation = appeal.violation
        events = selectors.history_of(
            violation,
            entries=list(violation.entries.order_by("effective_at", "id")),
            actions=list(violation.actions.select_related("milestone", "notice").order_by("starts_at")),
            messages=[],
            appeals=list(violation.appeals.order_by("filed_at")),
            at=timezone.now(),
        )
        return render_to_string("admin/violations/appeal/history.html", {"events": events})

    @admin.display(description="Appeals")
    def other_appeals(self, appeal: Appeal) -> str:
        others = selectors.appeals_of(seller=appeal.seller).exclude(pk=appeal.pk)[:20]
        lines = [(other, reverse("admin:violations_appeal_change", args=[other.pk])) for other in others]
        return render_to_string("admin/violations/appeal/others.html", {"lines": lines})

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("violations.decide_appeal")

    def _attachment_url(self, appeal: Appeal, attachment_id: int) -> str:
        return reverse("admin:violations_appeal_attachment", args=[appeal.pk, attachment_id])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("statistics/", view(self.statistics_page), name="violations_appeal_statistics"),
            path(
                "<path:object_id>/attachments/<int:attachment_id>/",
                view(self.attachment_page),
                name="violations_appeal_attachment",
            ),
            self.record_path("grant", self.grant_page),
            self.record_path("grant_partly", self.partly_page),
            self.record_path("deny", self.deny_page),
            *super().get_urls(),
        ]

    def get_tools(self, request: HttpRequest, obj: Appeal) -> list[Tool]:
        tools = [Tool("All of this seller's violations", listed(Violation, seller__id__exact=obj.seller_id))]
        issued_it = obj.violation.issued_by_id == request.user.pk
        if obj.is_open and self.has_decide_permission(request) and not issued_it:
            tools += [
                Tool("Grant", self.record_url("grant", obj)),
                Tool("Grant in part", self.record_url("grant_partly", obj)),
                Tool("Deny", self.record_url("deny", obj)),
            ]
        return tools

    def attachment_page(self, request: HttpRequest, object_id: str, attachment_id: int) -> FileResponse:
        appeal = get_record(self, request, object_id, allowed=self.has_view_permission(request))
        return download(get_object_or_404(appeal.attachments, pk=attachment_id))

    def statistics_page(self, request: HttpRequest) -> HttpResponse:
        """Overturn rate and median time to the decision, per policy and per reviewer."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        tables = [
            ("Policy", selectors.decisions_by_policy()),
            ("Reviewer", selectors.decisions_by_reviewer()),
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": "How appeals turn out",
            "opts": self.opts,
            "tables": tables,
            "total": selectors.all_decisions(),
            "waiting": selectors.appeal_queue().count(),
        }
        return TemplateResponse(request, "admin/violations/appeal/statistics.html", context)

    def grant_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        intro = "The violation is voided: what is left of its points is reversed, and actions that would not have been "
        intro += "imposed without it are lifted. The seller is told at once. This cannot be undone."
        return self._decide(request, object_id, "Grant", GrantForm(sent(request)), grant_appeal, intro)

    def partly_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        intro = "The violation stands with fewer points. Enforcement actions stay; lift them on their own pages."
        return self._decide(request, object_id, "Grant in part", PartlyForm(sent(request)), grant_partly, intro)

    def deny_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        intro = "The violation stands. The seller is told why, and where to turn next. This cannot be undone."
        return self._decide(request, object_id, "Deny", ReasonForm(sent(request)), deny_appeal, intro)

    def _decide(
        self,
        request: HttpRequest,
        object_id: str,
        verb: str,
        form: forms.Form,
        service: Callable[..., Appeal],
        intro: str,
    ) -> HttpResponseBase:
        appeal: Appeal = get_record(self, request, object_id, allowed=self.has_decide_permission(request))
        assert isinstance(request.user, User)  # noqa: S101  # the admin lets only people in

        def run(data: dict[str, Any]) -> tuple[Appeal, str]:
            decided = service(appeal=appeal, decided_by=request.user, now=timezone.now(), **data)
            note = f"{decided.get_state_display()}: {decided.decision_reason}"
            self.log_change(request, decided.violation, f"Appeal {note[0].lower()}{note[1:]}")
            return decided, note

        step = Step(
            model_admin=self,
            record=appeal,
            title=f"{verb}: {appeal} of {appeal.seller}?",
            button=verb,
            done="The appeal is decided and the seller is told.",
            intro=intro,
            run=run,
        )
        return step.respond(request, form)

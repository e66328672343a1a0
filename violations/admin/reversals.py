"""Staff pages of mass reversals: what to void, what that would do, and how far it got."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from audit.snapshots import shown_values
from kit.backoffice.action_pages import ActionPage, bound_data, get_record, list_url
from kit.backoffice.scopes import in_scope, scope_of
from kit.backoffice.tools import Tool, ToolsMixin
from sellers.models import Market

from .. import selectors
from ..models import MassReversal, Violation
from ..services import (
    draft_reversal,
    redraft_reversal,
    resume_reversal,
    stop_reversal,
)
from ..wording.reversals import what_it_names
from .reversal_forms import FILTER, FilterForm, StartForm, drafted
from .reversal_start import start_step

BULK = "violations.void_violations_in_bulk"


class ReversalStateFilter(admin.SimpleListFilter):
    title = _lazy("state")
    parameter_name = "state"
    states = {
        "draft": Q(started_at=None),
        "proposed": Q(started_at=None, proposed_by__isnull=False),
        "running": Q(started_at__isnull=False, stopped_at=None, done_at=None),
        "stopped": Q(stopped_at__isnull=False),
        "done": Q(done_at__isnull=False),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        states = [(str(value), str(label)) for value, label in MassReversal.State.choices]
        return [*states[:1], ("proposed", _("Waits for a second person")), *states[1:]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(self.states.get(self.value() or "", Q()))


@admin.register(MassReversal)
class MassReversalAdmin(ToolsMixin, ReadOnlyAdmin):
    """A draft shows what it would do, and one that was started how far it is."""

    change_form_template = "admin/violations/massreversal/change_form.html"
    list_display = ["__str__", "market", "where_it_stands", "progress", "incident_in_short", "started_by", "started_at"]
    list_filter = [ReversalStateFilter, "market"]
    search_fields = ["incident", "reason"]
    search_help_text = _lazy("Words of the incident or of the reason")
    fieldsets = [
        (_lazy("Which violations"), {"fields": ["what"]}),
        (_lazy("Why"), {"fields": ["incident", "reason"]}),
        (_lazy("Who and when (UTC)"), {"fields": ["created_at", "created_by", "proposed_at", "proposed_by",
                                           "started_at", "started_by", "alone_reason", "stopped_at", "stopped_by",
                                           "done_at"]}),
    ]  # fmt: skip
    readonly_fields = ["what", "alone_reason"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("market", "policy", "policy_version__policy", "started_by")

    @admin.display(description=_lazy("State"))
    def where_it_stands(self, reversal: MassReversal) -> str:
        is_proposed = reversal.state == MassReversal.State.DRAFT and reversal.proposed_by_id is not None
        return _("Waits for a second person") if is_proposed else str(reversal.state.label)

    @admin.display(description=_lazy("Voided"))
    def progress(self, reversal: MassReversal) -> str:
        if reversal.started_at is None:
            return "-"
        return _("%(voided)s of %(expected)s") % {
            "voided": f"{reversal.violations_voided:,}",
            "expected": f"{reversal.expected_violations:,}",
        }

    @admin.display(description=_lazy("Incident"), ordering="incident")
    def incident_in_short(self, reversal: MassReversal) -> str:
        return reversal.incident if len(reversal.incident) <= 80 else f"{reversal.incident[:79]}…"

    @admin.display(description=_lazy("What was named"))
    def what(self, reversal: MassReversal) -> str:
        return "; ".join(f"{label}: {value}" for label, value in what_it_names(reversal))

    # --- Who may do what

    def has_bulk_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(BULK)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_bulk_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: MassReversal | None = None) -> bool:
        """A draft can be thrown away: it did nothing."""
        return obj is not None and obj.state == MassReversal.State.DRAFT and self.has_bulk_permission(request)

    def get_urls(self) -> list[URLPattern]:
        pages = {"start": self.start_page, "redraft": self.redraft_page, "stop": self.stop_page}
        pages["resume"] = self.resume_page
        return [*(self.record_path(name, view) for name, view in pages.items()), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: MassReversal) -> list[Tool]:
        tools = []
        if obj.violations_voided:
            tools.append(Tool(_("The violations it voided"), list_url(Violation, mass_reversal__id__exact=obj.pk)))
        offers = {
            MassReversal.State.DRAFT: [(_("Change the filter"), "redraft"), (_("Start"), "start")],
            MassReversal.State.RUNNING: [(_("Stop"), "stop")],
            MassReversal.State.STOPPED: [(_("Resume"), "resume")],
        }
        if self.has_bulk_permission(request):
            tools += [Tool(label, self.record_url(name, obj)) for label, name in offers.get(obj.state, [])]
        return tools

    # --- Pages

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        context = super().record_context(request, obj)
        if obj.state != MassReversal.State.DRAFT:
            return context
        return context | {"preview": selectors.preview_reversal(reversal=obj, as_of=timezone.now())}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Who may start a draft comes straight to the page that does it."""
        reversal = self.get_object(request, object_id)
        if reversal and reversal.state == MassReversal.State.DRAFT and self.has_bulk_permission(request):
            return redirect(self.record_url("start", reversal))
        return super().change_view(request, object_id, form_url, extra_context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Draft a mass reversal; the address may fill the form in."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        markets = in_scope(Market.objects.all(), scope_of(request)).values_list("pk", flat=True)[:2]
        initial = {"market": markets[0]} if len(markets) == 1 else {}
        form = FilterForm(bound_data(request), scope=scope_of(request), initial=initial | request.GET.dict())

        def run(data: dict[str, Any]) -> MassReversal:
            return draft_reversal(**drafted(data), created_by=person(request), now=timezone.now())

        return self._filter_step(run, _("Void violations of an incident")).respond(request, form)

    def redraft_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        reversal = get_record(self, request, object_id, allowed=self.has_bulk_permission(request))
        initial = {name: getattr(reversal, name) for name in ["market", "incident", *FILTER]}
        initial["automated"] = {True: "yes", False: "no", None: ""}[reversal.automated]

        def run(data: dict[str, Any]) -> MassReversal:
            by = person(request)
            return redraft_reversal(reversal=reversal, **drafted(data), redrafted_by=by, now=timezone.now())

        page = self._filter_step(
            run, _("Change the filter of %(reversal)s") % {"reversal": str(reversal).lower()}, reversal
        )
        return page.respond(request, FilterForm(bound_data(request), scope=scope_of(request), initial=initial))

    def _filter_step(self, run: Any, title: str, record: MassReversal | None = None) -> ActionPage:
        return ActionPage(
            model_admin=self,
            record=record,
            title=title,
            button=_("Preview"),
            done=_("This is a draft: nothing is voided yet."),
            intro=_(
                "For a set of violations that should not have been issued: a detection that was wrong, an "
                "import that was broken, a policy that did not apply. Next you see what voiding them would "
                "do."
            ),
            shown=_drafted(record) if record else {},
            fieldsets=FilterForm.fieldsets,
            run=run,
        )

    def start_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        reversal = get_record(self, request, object_id, allowed=self.has_bulk_permission(request))
        if reversal.state != MassReversal.State.DRAFT and request.method != "POST":
            return redirect("admin:violations_massreversal_change", reversal.pk)

        would_do = self._what_it_would_do(reversal)
        step = start_step(request, reversal, would_do["preview"])
        page = ActionPage(
            model_admin=self,
            record=reversal,
            title=_("Start %(reversal)s?") % {"reversal": str(reversal).lower()},
            button=step.button,
            done=step.done,
            intro=step.intro,
            shown=_drafted(reversal),
            run=step.run,
            template="admin/violations/massreversal/start.html",
            context=would_do,
        )
        return page.respond(request, StartForm(bound_data(request), reversal=reversal, is_alone=step.is_alone))

    def _what_it_would_do(self, reversal: MassReversal) -> dict[str, Any]:
        return {
            # Lazy: whoever starts it needs no preview, and the one of a large set takes its time.
            "preview": SimpleLazyObject(lambda: selectors.preview_reversal(reversal=reversal, as_of=timezone.now())),
            "named": what_it_names(reversal),
            "redraft_url": self.record_url("redraft", reversal),
            "delete_url": reverse("admin:violations_massreversal_delete", args=[reversal.pk]),
        }

    def stop_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        reversal = get_record(self, request, object_id, allowed=self.has_bulk_permission(request))

        def run(data: dict[str, Any]) -> MassReversal:
            return stop_reversal(reversal=reversal, stopped_by=person(request), now=timezone.now())

        intro = _("It stops after the batch that it is at. What is voided stays voided; it can go on later.")
        return self._ask(request, reversal, _("Stop"), _("It is stopped."), intro, run)

    def resume_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        reversal = get_record(self, request, object_id, allowed=self.has_bulk_permission(request))

        def run(data: dict[str, Any]) -> MassReversal:
            return resume_reversal(reversal=reversal, resumed_by=person(request), now=timezone.now())

        intro = _("It goes on with the sellers that are left, within a minute.")
        return self._ask(request, reversal, _("Resume"), _("It goes on within a minute."), intro, run)

    def _ask(
        self, request: HttpRequest, reversal: MassReversal, verb: str, done: str, intro: str, run: Any
    ) -> HttpResponse:
        page = ActionPage(
            model_admin=self,
            record=reversal,
            title=_("%(verb)s %(reversal)s?") % {"verb": verb, "reversal": str(reversal).lower()},
            button=verb,
            done=done,
            intro=intro,
            run=run,
        )
        return page.respond(request, forms.Form(bound_data(request)))


def _drafted(reversal: MassReversal) -> dict[str, str]:
    """What a draft says, and who proposed to start it."""
    said = shown_values(reversal, ["incident", "reason", "proposed_by"])
    return said | {_("Which violations"): ". ".join(": ".join(line) for line in what_it_names(reversal))}

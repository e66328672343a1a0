"""Staff pages of the weekly reports: how a run is getting on, what failed, a preview, and the week across the market.

Reports have no page of their own here: the admin cannot show a model whose key is made of two columns.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from inbox.models import EmailDelivery
from kit.backoffice.action_pages import confirm_first, get_record, list_url
from kit.backoffice.scopes import in_scope, limit_choices, scope_of
from kit.backoffice.tools import Tool, ToolsMixin
from kit.documents.csv_files import csv_download
from sellers.brands import brand_of
from sellers.models import Seller

from . import selectors, services, trail_notes
from .forms import PreviewForm
from .models import ReportChunk, ReportRun
from .presentation.market_totals import csv_rows
from .presentation.milestones import milestone_label
from .presentation.presenting import present
from .wording import runs as wording
from .wording.charts import trend_words
from .wording.figures import duration_words, run_state_words

DONE = Q(done_at__isnull=False)
KEPT_OF_MARKET = ("time_zone", "milestones", "approach_points", "quizzes", "workshops_ahead")
MAX_LISTED = 50
"""How many failed chunks, and how many sellers, a page lists."""


class RetryMixin(ReadOnlyAdmin):
    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Who may change runs may try their chunks again; everything else here is read-only for everybody."""
        return request.user.has_perm("reports.change_reportrun")

    def retry(self, request: HttpRequest, chunks: QuerySet[ReportChunk]) -> None:
        """Make chunks due at once and say how many; those done meanwhile are left alone."""
        asked = chunks.count()
        tried = services.retry_chunks(chunks=chunks, retried_by=person(request), now=timezone.now())
        if done := asked - len(tried):
            self.message_user(request, wording.chunks_done_already(done, asked=asked), messages.WARNING)
        self.message_user(request, wording.chunks_tried_again(len(tried)))


class PublishedFilter(admin.SimpleListFilter):
    title = _lazy("published")
    parameter_name = "published"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Published")), ("no", _("Being built")), ("failed", _("Has chunks that failed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if self.value() == "failed":
            return queryset.filter(pk__in=selectors.chunks_given_up().values("run"))
        return queryset.filter(published_at__isnull=self.value() == "no")


@admin.register(ReportRun)
class ReportRunAdmin(RetryMixin, ToolsMixin):
    list_display = ["__str__", "progress", "reports_built", "failed", "published_at"]
    list_filter = ["market", PublishedFilter]
    list_select_related = ["market"]
    date_hierarchy = "week_start"
    fieldsets = [
        (None, {"fields": ["market", "week_start", "starts_at", "ends_at", "created_at", "published_at"]}),
        (_lazy("What it knew when it started"), {"classes": ["collapse"], "fields": list(KEPT_OF_MARKET)}),
    ]
    readonly_fields = KEPT_OF_MARKET
    actions = ["retry_failed"]
    change_form_template = "admin/reports/reportrun/change_form.html"
    change_list_template = "admin/reports/reportrun/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("draft/", view(self.preview_form), name="reports_reportrun_preview_form"),
            path("draft/<int:seller_id>/", view(self.preview_page), name="reports_reportrun_preview"),
            path("<path:object_id>/retry/<int:chunk_id>/", view(self.retry_page), name="reports_reportrun_retry"),
            path("<path:object_id>/totals.csv", view(self.totals_csv), name="reports_reportrun_totals_csv"),
            path("<path:object_id>/near.csv", view(self.near_csv), name="reports_reportrun_near_csv"),
            self.record_path("progress", self.progress_page),
            self.record_path("totals", self.totals_page),
            *super().get_urls(),
        ]

    def get_tools(self, request: HttpRequest, obj: ReportRun) -> list[Tool]:
        return [
            Tool(_("The week across the market"), self.record_url("totals", obj)),
            Tool(_("All chunks"), list_url(ReportChunk, run__id__exact=obj.pk)),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        runs: QuerySet[Any] = super().get_queryset(request)
        return runs.annotate(  # type: ignore[no-any-return]  # the admin is untyped
            chunk_count=Count("chunks"),
            done_count=Count("chunks", filter=Q(chunks__done_at__isnull=False)),
            failed_count=Count("chunks", filter=Q(chunks__isnull=False) & ~Q(chunks__last_error="")),
            row_count=Sum("chunks__rows", default=0),
        )

    @admin.display(description=_lazy("chunks done"))
    def progress(self, run: Any) -> str:
        return wording.chunks_done(run.done_count, chunks=run.chunk_count)

    @admin.display(description=_lazy("reports"))
    def reports_built(self, run: Any) -> int:
        return int(run.row_count)

    @admin.display(description=_lazy("chunks that failed"), empty_value="–")
    def failed(self, run: Any) -> int | None:
        return run.failed_count or None

    @admin.action(description=_lazy("Try the chunks that failed again"), permissions=["retry"])
    @confirm_first(_lazy("The failed chunks of these runs are tried again within minutes."))
    def retry_failed(self, request: HttpRequest, queryset: QuerySet[ReportRun]) -> None:
        self.retry(request, ReportChunk.objects.filter(selectors.FAILED, run__in=queryset.values("pk")))

    # --- A run

    @admin.display(description=_lazy("time zone"))
    def time_zone(self, run: ReportRun) -> str:
        return str(run.rules["time_zone"])

    @admin.display(description=_lazy("milestones"))
    def milestones(self, run: ReportRun) -> str:
        kept = run.rules["milestones"]
        lines = [wording.milestone(one["points"], label=milestone_label(one)) for one in kept]
        return "\n".join(lines) or _("None")

    @admin.display(description=_lazy("near a milestone"))
    def approach_points(self, run: ReportRun) -> str:
        return wording.near_from(run.rules["approach_points"])

    @admin.display(description=_lazy("quizzes"))
    def quizzes(self, run: ReportRun) -> str:
        policies = [policy for policy in run.rules["policies"].values() if policy["quiz_points"]]
        quizzes = [wording.quiz(one["name"], points=one["quiz_points"]) for one in policies]
        return "\n".join(quizzes) or _("None")

    @admin.display(description=_lazy("workshops ahead"))
    def workshops_ahead(self, run: ReportRun) -> str:
        workshops = [wording.workshop(str(one), when=one.when) for one in selectors.workshops_of(run)]
        return "\n".join(workshops) or _("None")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        if run := kwargs.get("obj"):
            context.update(self._state(request, run))
        return super().render_change_form(request, context, *args, **kwargs)

    def _state(self, request: HttpRequest, run: ReportRun) -> dict[str, Any]:
        """What the live part of a run's page shows."""
        failed = selectors.failed_chunks(run)
        return {
            "run": run,
            **self._progress(run),
            "failed_chunks": failed[:MAX_LISTED],
            "emails": self._emails(run) if run.published_at else [],
            "may_retry": self.has_retry_permission(request),
            "progress_url": self.record_url("progress", run),
        }

    def _progress(self, run: ReportRun) -> dict[str, Any]:
        progress = selectors.progress_of(run, now=timezone.now())
        left = progress.seconds_left
        return {
            "progress": progress,
            "state": run_state_words(progress.state),
            "time_taken": duration_words(progress.seconds),
            "time_left": "" if left is None else duration_words(left),
        }

    def _emails(self, run: ReportRun) -> list[tuple[str, int, str]]:
        """How many emails are in which state; what was given up has the address of its list."""
        given_up = EmailDelivery.State.DEAD
        url = list_url(EmailDelivery, state__exact=given_up.value)
        emails = selectors.emails_of(run)
        return [
            (label, count, url if count and label == str(given_up.label) else "") for label, count in emails.items()
        ]

    def progress_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The live part alone, which the page of a run fetches again and again; others are sent to the page."""
        run = get_record(self, request, object_id, allowed=self.has_view_permission(request))
        if not getattr(request, "htmx", False):
            return redirect("admin:reports_reportrun_change", run.pk)
        return TemplateResponse(request, "admin/reports/reportrun/progress.html", self._state(request, run))

    def retry_page(self, request: HttpRequest, object_id: str, chunk_id: int) -> HttpResponse:
        run = get_record(self, request, object_id, allowed=self.has_retry_permission(request))
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        self.retry(request, run.chunks.filter(pk=get_object_or_404(run.chunks, pk=chunk_id).pk))
        return redirect("admin:reports_reportrun_change", run.pk)

    # --- The week across the market

    def totals_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        run = get_record(self, request, object_id, allowed=self.has_view_permission(request))
        week = selectors.get_market_week(run)
        context = {
            "title": wording.totals_title(run.week, run.market),
            "opts": self.opts,
            "original": run,
            "run": run,
            "week": week,
            "policies": [(policy, trend_words(policy.trend)) for policy in week.policies],
            "near": selectors.sellers_newly_near(run, limit=MAX_LISTED),
            "may_preview": self._may_preview(request),
        }
        return TemplateResponse(request, "admin/reports/reportrun/totals.html", context)

    def totals_csv(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        run = get_record(self, request, object_id, allowed=self.has_view_permission(request))
        header, *rows = csv_rows(selectors.get_market_week(run))
        return csv_download(header, rows, name=f"{run.market.code}-{run.week}-totals.csv")

    def near_csv(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        run = get_record(self, request, object_id, allowed=self.has_view_permission(request))
        header = ["seller", "name", "total", "total_at_start", "milestone", "distance"]
        near = selectors.sellers_newly_near(run)
        self.log_read(request, run, trail_notes.near_milestone_downloaded())
        rows = [[one.external_id, one.name, one.total, one.before, one.milestone, one.distance] for one in near]
        return csv_download(header, rows, name=f"{run.market.code}-{run.week}-newly-near.csv")

    # --- Preview

    def _may_preview(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reports.view_weeklyreport")

    def preview_form(self, request: HttpRequest) -> HttpResponse:
        """Ask for a seller by the marketplace's own id."""
        if not self._may_preview(request):
            raise PermissionDenied
        form = PreviewForm(request.GET if "external_id" in request.GET else None)
        limit_choices(form, scope_of(request))
        if form.is_valid():
            return redirect("admin:reports_reportrun_preview", form.cleaned_data["seller"].pk)
        context = {
            "title": _("Preview a seller's report"),
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "admin/reports/reportrun/preview_form.html", context)

    def preview_page(self, request: HttpRequest, seller_id: int) -> HttpResponse:
        """A seller's report of the run being built, or of the week so far, as the seller would see it."""
        if not self._may_preview(request):
            raise PermissionDenied
        sellers = in_scope(Seller.objects.select_related("market__brand"), scope_of(request))
        seller = get_object_or_404(sellers, pk=seller_id)
        now = timezone.now()
        run = selectors.draft_run(market=seller.market, now=now)
        draft = selectors.get_draft(seller=seller, run=run, now=now)
        if draft is None:
            raise Http404(_("This seller joined after the week."))
        with timezone.override(run.zone):
            context = {
                "report": present(draft),
                "back": reverse("admin:reports_reportrun_changelist"),
                "brand": brand_of(seller.market),
            }
            return TemplateResponse(request, "reports/report_preview.html", context).render()


class ChunkStateFilter(admin.SimpleListFilter):
    title = _lazy("state")
    parameter_name = "state"
    states = {
        "done": (_lazy("Done"), DONE),
        "failed": (_lazy("Failed"), selectors.FAILED),
        "open": (_lazy("Not tried yet"), ~DONE & ~selectors.FAILED),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, (label, _q) in self.states.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.states.get(self.value() or "")
        return queryset.filter(state[1]) if state else queryset


@admin.register(ReportChunk)
class ReportChunkAdmin(RetryMixin):
    list_display = ["__str__", "rows", "done_at", "attempts", "last_error", "due_at", "given_up_at"]
    list_filter = [ChunkStateFilter, "run__market"]
    list_select_related = ["run__market"]
    actions = ["retry_selected"]

    @admin.action(description=_lazy("Try the selected chunks again"), permissions=["retry"])
    @confirm_first(_lazy("Those of these chunks that are not done are tried again within minutes."))
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[ReportChunk]) -> None:
        self.retry(request, queryset.order_by("pk"))

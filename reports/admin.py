"""Staff pages of the weekly reports: how a run is getting on, what failed, and trying it again.

Reports have no page here: the admin cannot show a model whose key is made of two columns.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from sellers.services import Refused
from sellers.staff import ReadOnlyAdmin, ReadOnlyInline, snapshot

from . import services
from .models import ReportChunk, ReportRun

DONE = Q(done_at__isnull=False)
FAILED = Q(done_at=None, attempts__gt=0)


class RetryMixin(ReadOnlyAdmin):
    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Who may change runs may try their chunks again; everything else here is read-only for everybody."""
        return request.user.has_perm("reports.change_reportrun")

    def retry(self, request: HttpRequest, chunks: QuerySet[ReportChunk]) -> None:
        """Make chunks due at once and say how many; those done meanwhile are left alone."""
        tried = 0
        for chunk in chunks.select_related("run__market"):
            before = snapshot(chunk)
            try:
                services.retry_chunk(chunk_id=chunk.pk, now=timezone.now())
            except Refused as refused:
                self.message_user(request, str(refused), messages.WARNING)
            else:
                self.log_step(request, chunk, "To be tried again.", before=before)
                tried += 1
        self.message_user(request, f"{tried} chunk{'' if tried == 1 else 's'} will be tried again within minutes.")


class ChunksOfRun(ReadOnlyInline):
    model = ReportChunk
    fields = ["first_seller_id", "last_seller_id", "rows", "done_at", "attempts", "due_at", "last_error"]


class PublishedFilter(admin.SimpleListFilter):
    title = "published"
    parameter_name = "published"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Published"), ("no", "Being built")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(published_at__isnull=self.value() == "no")


@admin.register(ReportRun)
class ReportRunAdmin(RetryMixin):
    list_display = ["__str__", "market", "ends_at", "progress", "reports_built", "failed", "published_at"]
    list_filter = ["market", PublishedFilter]
    list_select_related = ["market"]
    date_hierarchy = "week_start"
    fields = [
        "market", "week_start", "starts_at", "ends_at", "created_at", "progress", "reports_built", "failed",
        "published_at", "rules",
    ]  # fmt: skip
    readonly_fields = ["progress", "reports_built", "failed"]
    inlines = [ChunksOfRun]
    actions = ["retry_failed"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        runs: QuerySet[Any] = super().get_queryset(request)
        return runs.annotate(  # type: ignore[no-any-return]  # the admin is untyped
            chunk_count=Count("chunks"),
            done_count=Count("chunks", filter=Q(chunks__done_at__isnull=False)),
            failed_count=Count("chunks", filter=Q(chunks__done_at=None, chunks__attempts__gt=0)),
            row_count=Sum("chunks__rows", default=0),
        )

    @admin.display(description="chunks done")
    def progress(self, run: Any) -> str:
        share = f" ({100 * run.done_count // run.chunk_count}%)" if run.chunk_count else ""
        return f"{run.done_count} of {run.chunk_count}{share}"

    @admin.display(description="reports")
    def reports_built(self, run: Any) -> int:
        return int(run.row_count)

    @admin.display(description="chunks that failed", empty_value="–")
    def failed(self, run: Any) -> int | None:
        return run.failed_count or None

    @admin.action(description="Try the chunks that failed again", permissions=["retry"])
    def retry_failed(self, request: HttpRequest, queryset: QuerySet[ReportRun]) -> None:
        self.retry(request, ReportChunk.objects.filter(FAILED, run__in=queryset.values("pk")))


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    states = {"done": ("Done", DONE), "failed": ("Failed", FAILED), "open": ("Not tried yet", ~DONE & ~FAILED)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in self.states.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.states.get(self.value() or "")
        return queryset.filter(state[1]) if state else queryset


@admin.register(ReportChunk)
class ReportChunkAdmin(RetryMixin):
    list_display = ["__str__", "rows", "done_at", "attempts", "due_at", "last_error"]
    list_filter = [StateFilter, "run__market"]
    list_select_related = ["run__market"]
    actions = ["retry_selected"]

    @admin.action(description="Try the selected chunks again", permissions=["retry"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[ReportChunk]) -> None:
        self.retry(request, queryset.order_by("pk"))

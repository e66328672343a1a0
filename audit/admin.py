"""The audit trail in the admin: who did what when, to look at, to search and to export."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.backoffice.labels import label_of
from kit.backoffice.scopes import scope_of
from kit.documents.csv_files import csv_lines
from kit.documents.downloads import download, filter_not_understood
from kit.scopes import COMMON
from kit.texts.ids import id_in

from . import trail_notes, wording
from .admin_pages import ReadOnlyAdmin
from .lone_decisions import LoneDecisionAdmin as LoneDecisionAdmin
from .models import AuditEntry
from .paging import ScopesPaginator
from .presentation import history_url, line_of, moment_words, rows_of
from .selectors import known_actions

CHUNK = 2_000


class PersonFilter(admin.SimpleListFilter):
    title = _lazy("person")
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = [(str(person.pk), label_of(person)) for person in get_user_model().objects.filter(is_staff=True)]
        return [*people, ("nobody", _("Nobody with an account"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        value = self.value()
        if value is None:
            return queryset
        if value == "nobody":
            return queryset.filter(person=None)
        return queryset.filter(person=id_in(value))


class KindFilter(admin.SimpleListFilter):
    title = _lazy("kind of object")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        models = model_admin.admin_site._registry
        kinds = [(model._meta.label_lower, capfirst(model._meta.verbose_name)) for model in models]
        return sorted(kinds, key=lambda kind: kind[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset if self.value() is None else queryset.filter(kind=self.value())


class ActionFilter(admin.SimpleListFilter):
    title = _lazy("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(action, AuditEntry(action=action).action_in_words) for action in known_actions()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset if self.value() is None else queryset.filter(action=self.value())


class PeriodFilter(admin.ListFilter):
    """From a day to a day, both included, UTC: ``?from=2026-11-01&to=2026-11-30``."""

    title = _lazy("period (UTC)")
    template = "admin/audit/auditentry/period.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.typed = getattr(request, "asked", request.GET)
        for name in self.expected_parameters():
            if name in params:
                self.used_parameters[name] = str(params.pop(name)[-1])

    def expected_parameters(self) -> list[str | None]:
        return ["from", "to"]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        kept = [
            (name, value)
            for name, values in changelist.filter_params.items()
            if name not in ("from", "to")
            for value in values
        ]
        if changelist.query:
            kept.append(("q", changelist.query))
        yield {
            "kept": kept,
            "from": self.typed.get("from", ""),
            "to": self.typed.get("to", ""),
            "query_string": changelist.get_query_string(remove=["from", "to"]),
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        if day := self._day("from"):
            queryset = queryset.filter(at__gte=datetime.combine(day, time.min, UTC))
        if day := self._day("to"):
            queryset = queryset.filter(at__lte=datetime.combine(day, time.max, UTC))
        return queryset

    def _day(self, name: str) -> date | None:
        text = str(self.used_parameters.get(name, ""))
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise IncorrectLookupParameters(str(error)) from None


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The whole trail, newest first. What was exported is in it too.

    Who works for some markets reads what was done to their records and to common ones. They do not read who signed in.
    """

    scope_path = "scope_id"
    list_display = ["when", "person_or_actor", "what", "about", "details"]
    list_display_links = ["when"]
    list_filter = [PeriodFilter, PersonFilter, KindFilter, ActionFilter]
    list_select_related = ["person"]
    list_per_page = 50
    sortable_by = ()
    search_fields = ["actor", "object_name", "=object_id", "note_names"]
    search_help_text = _lazy("Email address, name or id of the object, or what a note names")
    fields = ["when", "who", "what", "about", "note_text", "changed"]
    readonly_fields = ["when", "who", "what", "about", "note_text", "changed"]

    def limit_to(self, queryset: QuerySet[AuditEntry], scope: Collection[int]) -> QuerySet[AuditEntry]:
        return queryset.filter(scope_id__in=[COMMON, *scope])

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any) -> Any:
        """What is searched for is found by an index of its own; of a list each scope has its newest in order."""
        scope = scope_of(request)
        if scope is None or request.GET.get(SEARCH_VAR):
            return super().get_paginator(request, queryset, per_page, *args, **kwargs)
        return ScopesPaginator(queryset, per_page, *args, **kwargs, scopes=[COMMON, *scope])

    @admin.display(description=_lazy("When (UTC)"), ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return moment_words(entry.at)

    @admin.display(description=_lazy("Who"), ordering="actor")
    def who(self, entry: AuditEntry) -> str:
        name = entry.person.name if entry.person else ""
        return f"{name} ({entry.actor})" if name else entry.actor

    @admin.display(description=_lazy("Who"), ordering="actor")
    def person_or_actor(self, entry: AuditEntry) -> str:
        """Short, for the list; the entry's page has the address too."""
        return (entry.person.name if entry.person else "") or entry.actor

    @admin.display(description=_lazy("What"), ordering="action")
    def what(self, entry: AuditEntry) -> str:
        return entry.action_in_words

    @admin.display(description=_lazy("Object"))
    def about(self, entry: AuditEntry) -> str:
        if not entry.kind:
            return entry.object_name or "–"
        name = entry.object_name or entry.object_id or "–"
        url = history_url(entry)
        number = f"{wording.kind_words(entry.kind)} {entry.object_id}".strip()
        if url is None:
            return format_html("{} ({})", name, number)
        return format_html('<a href="{}">{}</a> ({})', url, name, number)

    @admin.display(description=_lazy("Details"))
    def details(self, entry: AuditEntry) -> str:
        return Truncator(line_of(entry)).chars(160) or "–"

    @admin.display(description=_lazy("Note"))
    def note_text(self, entry: AuditEntry) -> str:
        return entry.note or "–"

    @admin.display(description=_lazy("Changes"))
    def changed(self, entry: AuditEntry) -> str:
        return render_to_string("admin/audit/changes.html", {"rows": rows_of(entry)}) if entry.changes else "–"

    # --- Export

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_page)
        return [path("export/<str:form>/", view, name="audit_auditentry_export"), *super().get_urls()]

    def export_page(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """The list as it is filtered, as a stream, oldest page last; the export is the trail's next entry."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if form not in FORMATS:
            raise Http404(_("No such format."))
        changelist = self.get_changelist_instance(request)
        if changelist.unreadable:
            return filter_not_understood(changelist.unreadable)
        found: QuerySet[AuditEntry] = changelist.get_queryset(request)
        found = found.filter(pk__lte=AuditEntry.objects.aggregate(last=Max("pk"))["last"] or 0)
        count = found.count()
        self.log_export(request, trail_notes.exported(count=count, form=form, asked=request.GET.urlencode()))
        lines, content_type = FORMATS[form]
        name = f"audit-trail-{timezone.now():%Y-%m-%d-%H%M}.{form}"
        return download(lines(found.iterator(chunk_size=CHUNK)), name=name, content_type=content_type)


def changes_in_words(entry: AuditEntry) -> str:
    """All changes of an entry in one line, with the values as they are stored."""
    return "; ".join(
        f"{wording.row_words(change['of'])}: {_in_words(change)}" if "of" in change else _in_words(change)
        for change in entry.changes
    )


def _in_words(change: dict[str, Any]) -> str:
    if not change["field"]:
        return ""
    before, after = (_word(change[side]) for side in ("from", "to"))
    return f"{change['field']}: {before} → {after}"


def _word(value: Any) -> str:
    return "–" if value is None else str(value)


CSV_FIELDS = ("id", "at", "actor", "person", "action", "kind", "object_id", "object", "note", "changes")


def as_csv(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """A row per entry; the first line names the columns."""
    return csv_lines(CSV_FIELDS, map(_cells, entries))


def _cells(entry: AuditEntry) -> list[str]:
    return [
        str(entry.pk),
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.person.name if entry.person else "",
        entry.action,
        entry.kind,
        entry.object_id,
        entry.object_name,
        entry.note,
        changes_in_words(entry),
    ]


def as_ndjson(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """A JSON object per line, with the changes as they are stored."""
    for entry in entries:
        yield (
            json.dumps(
                {
                    "id": entry.pk,
                    "at": entry.at.astimezone(UTC).isoformat(),
                    "actor": entry.actor,
                    "person_id": entry.person_id,
                    "person": entry.person.name if entry.person else None,
                    "action": entry.action,
                    "kind": entry.kind,
                    "object_id": entry.object_id,
                    "object": entry.object_name,
                    "note": entry.note,
                    "changes": entry.changes,
                },
                ensure_ascii=False,
            )
            + "\n"
        )


FORMATS: dict[str, tuple[Callable[[Iterable[AuditEntry]], Iterator[str]], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "ndjson": (as_ndjson, "application/x-ndjson; charset=utf-8"),
}

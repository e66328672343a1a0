"""Admin pages that leave entries in the audit trail, and that show a record's entries as its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from django.apps import apps
from django.contrib.admin.utils import unquote
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from kit.backoffice.choosers import ChoosersMixin
from kit.backoffice.lists import ListsMixin
from kit.backoffice.permitted_links import PermittedLinksMixin
from kit.backoffice.rows import NamedRowsMixin
from kit.backoffice.scopes import ScopedMixin
from kit.pages.checked_forms import check_field
from kit.pages.text_areas import AdminTextArea

from . import trail_notes
from .form_versions import last_entry
from .notes import Note
from .presentation import ShownEntry
from .selectors import trail_of
from .services import record
from .snapshots import HIDDEN, Change, SnapshotRow, Values, changes_between, kept_name, snapshot
from .versioned import VersionedAdmin

HISTORY_PAGE = 25


class AuditedAdmin(ScopedMixin, PermittedLinksMixin, ListsMixin, ChoosersMixin, NamedRowsMixin, VersionedAdmin):
    """These pages write to the audit trail what is added, changed, deleted or done, with old and new values.

    Django's own log is not written. ``save_form`` reads what is stored before a form is saved; the trail compares it
    with what is stored afterwards. What a service noted meanwhile is not told twice.
    """

    object_history_template = "admin/audit/history.html"
    formfield_overrides: ClassVar[dict[Any, dict[str, Any]]] = {models.TextField: {"widget": AdminTextArea}}

    class Media:
        js = ["portal/chooser.js"]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """What staff type is text that can be kept, and where it is needed, can be seen."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        check_field(field)
        return field

    # --- What a form changed

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        form.before = snapshot(form.instance) if change else {}
        form.noted_before = last_entry(form.instance) if change else 0
        return super().save_form(request, form, change)

    def construct_change_message(  # type: ignore[override]  # not what a LogEntry holds
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[Change] | None:
        """The fields of the record and of the rows that belong to it, each from which value to which.

        Without those that a service has noted; ``None`` if it has noted everything.
        """
        if not hasattr(form, "before"):  # a form of something else about the record: its password
            return [{"field": name, "from": HIDDEN, "to": HIDDEN} for name in form.changed_data]
        changes = changes_between(type(form.instance), form.before, snapshot(form.instance))
        noted = list(trail_of(form.instance).filter(pk__gt=form.noted_before).values_list("changes", flat=True))
        told = {change["field"] for entry in noted for change in entry if "of" not in change}
        changes = [change for change in changes if change["field"] not in told]
        for formset in formsets or []:
            changes += _changes_of_rows(formset)
        return None if noted and not changes else changes

    # --- Writing

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """An action of the list and its entries are written together."""
        with transaction.atomic():
            return super().response_action(request, queryset, *args, **kwargs)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]  # not a LogEntry
        """Note that a record was added: the values of the form with what belongs to the record."""
        if message is not None:
            self._note(request, obj, "add", changes=message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]  # not a LogEntry
        """Note what a form changed, or what was done."""
        if isinstance(message, Note | str):
            self._note(request, obj, "change", note=message)
        elif message is not None:
            self._note(request, obj, "change", note="" if message else trail_notes.saved_unchanged(), changes=message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]  # not LogEntry
        """Note the last values of records that are about to be deleted, and what goes with each."""
        for about in queryset:
            self._log_deletion(request, about)

    def log_step(self, request: HttpRequest, record: Model, note: Note, *, before: Values) -> None:
        """Note that a step was taken: what was done, with its reason, and what differs from ``snapshot(record)`` then.

        The action is the last part of the page's address (``void``), or the name of an action of the list.
        """
        changes = changes_between(type(record), before, snapshot(record))
        self._note(request, record, "change", note=note, changes=changes)

    def log_export(self, request: HttpRequest, note: Note) -> None:
        """Note that a list of these records was exported."""
        by, now = cast(AbstractBaseUser, request.user), timezone.now()
        about = self.model(pk=None)
        record(by=by, action="export", about=about, note=note, now=now)

    def log_read(self, request: HttpRequest, record: Model, note: Note) -> None:
        """Note that data about people left the portal: a download."""
        self._note(request, record, "download", note=note)

    def _log_deletion(self, request: HttpRequest, record: Any) -> None:
        _found, counts, _needed, _protected = self.get_deleted_objects([record], request)
        own = str(record._meta.verbose_name_plural)
        others = _by_kind({str(name): number for name, number in counts.items() if str(name) != own})
        changes = changes_between(type(record), snapshot(record), {})
        note = trail_notes.deleted_with(others=others) if others else ""
        self._note(request, record, "delete", note=note, changes=changes)

    def _note(
        self,
        request: HttpRequest,
        about: Model | None,
        default: str,
        *,
        note: Note | str = "",
        changes: Sequence[Change] = (),
    ) -> None:
        action = default if default in {"add", "delete", "download"} else self._action(request, default)
        by, now = cast(AbstractBaseUser, request.user), timezone.now()
        record(by=by, action=action, about=about, note=note, changes=changes, now=now)

    def _action(self, request: HttpRequest, default: str) -> str:
        """The name of the page's step, or of the list's action that runs."""
        name = (request.resolver_match.url_name if request.resolver_match else None) or default
        for prefix in (f"{self.opts.app_label}_{self.opts.model_name}_", "auth_user_"):
            name = name.removeprefix(prefix)
        if name == "changelist":
            return request.POST.get("action") or default
        return default if name in {"add", "change"} else name

    # --- Showing

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, headed by what it lists instead of by "Select … to change"."""
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A record's page, headed by the record instead of by "View …"."""
        if context.get("subtitle"):
            context |= {"title": context["subtitle"], "subtitle": None}
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The record's entries of the audit trail, for everybody who may look at the record."""
        record = self.get_object(request, unquote(object_id))
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]  # no stub
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        page = Paginator(trail_of(record), HISTORY_PAGE).get_page(request.GET.get("page"))
        context = {
            "title": _("History: %(record)s") % {"record": record},
            "subtitle": None,
            "opts": self.opts,
            "original": record,
            "page": page,
            "entries": [ShownEntry(entry) for entry in page],
            "in_trail": request.user.has_perm("audit.view_auditentry"),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/audit/history.html", context)


def _by_kind(counts: Mapping[str, int]) -> dict[str, int]:
    """How many records of each kind a delete takes along, which Django counts by what a kind is called."""
    models = apps.get_models(include_auto_created=True)
    kinds = {str(model._meta.verbose_name_plural): model._meta.label_lower for model in models}
    return {kinds.get(name, name): number for name, number in counts.items()}


def _changes_of_rows(formset: Any) -> list[Change]:
    """What a formset did to the rows that belong to a record: added, changed and deleted ones."""
    forms = {id(form.instance): form for form in formset.forms}
    changes: list[Change] = []
    for row in formset.new_objects:
        changes += _row("added", row, row.pk, formset, {}, _values(row))
    for row, _names in formset.changed_objects:
        form = forms[id(row)]
        after = _values(row)
        before = {**after, **{name: form.initial.get(name) for name in form.changed_data}}
        changes += _row("changed", row, row.pk, formset, before, after)
    for row in formset.deleted_objects:
        form = forms[id(row)]
        pk = form.fields[formset._pk_field.name].initial
        changes += _row("deleted", row, pk, formset, {**_values(row), **form.initial}, {})
    return changes


def _row(did: str, row: Model, pk: Any, formset: Any, before: Values, after: Values) -> list[Change]:
    parent = formset.fk.name
    before, after = ({k: v for k, v in values.items() if k != parent} for values in (before, after))
    of = SnapshotRow(did=did, kind=row._meta.label_lower, id=pk, name=kept_name(row))
    return changes_between(type(row), before, after, of=of) or [{"of": of, "field": "", "from": None, "to": None}]


def _values(row: Model) -> Values:
    return {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}


class ReadOnlyAdmin(AuditedAdmin):
    """Records that staff look at: written by services only, so nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NewestFirstAdmin(ReadOnlyAdmin):
    """Records that become many, listed in one order alone: sorted by anything else, all of them would be read."""

    ordering = ["-pk"]
    sortable_by = ()

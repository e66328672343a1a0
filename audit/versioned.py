"""Admin pages whose forms undo nothing: one that was filled in from what is not stored any more is not saved."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from kit.backoffice.names import name_words
from kit.backoffice.scopes import in_scope, scope_of
from kit.outcomes import Refused
from kit.pages.submitted import submitted

from .form_versions import VERSION_FIELD, Version, version_of
from .models import AuditEntry
from .presentation import ShownEntry, line_of, moment_words
from .selectors import trail_of

UNIQUE_VIOLATION = "23505"
"""What Postgres says of a row that there is already."""


class VersionedAdmin(admin.ModelAdmin[Any]):
    """What a form shows is compared with what is stored before it is saved (``form_versions``)."""

    def lock_for_save(self, pk: Any) -> None:
        """Lock a record until its form is saved. Locks that its service takes before the record's own come first."""
        self.model._base_manager.select_for_update(no_key=True).filter(pk=pk).first()

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What a service refuses although the form was valid, for somebody was quicker, is an error of the form."""
        asked = (request, object_id, form_url, extra_context)
        try:
            return self._save_unless_stale(*asked)
        except IntegrityError as error:
            _is_there_already(error)
            _read_files_again(request)
        except Refused as refused:
            field = {refused.field: str(refused)} if refused.field else {}
            return self._refuse(StaleForm([] if field else [str(refused)], field), *asked)
        try:
            return self._save_unless_stale(*asked)  # the form sees now what is there
        except IntegrityError as error:
            return self._refuse(StaleForm([_is_there_already(error)], {}), *asked)

    def _refuse(self, why: StaleForm, request: HttpRequest, *asked: Any) -> HttpResponse:
        _read_files_again(request)
        request.stale = why  # type: ignore[attr-defined]  # to the form
        return super().changeform_view(request, *asked)

    def _save_unless_stale(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> HttpResponse:
        """Save a form only if nobody else changed what it has shown; what was typed is kept whatever happened."""
        if request.method != "POST" or object_id is None or VERSION_FIELD not in request.POST:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            pk = unquote(object_id)
            with suppress(ValueError, ValidationError):
                self.lock_for_save(self.opts.pk.to_python(pk))
            record = self.get_object(request, pk)
            if self.has_change_permission(request) and not (record and self.has_change_permission(request, record)):
                return self._too_late(request, pk, record)
            if record is not None:
                shown, stored = Version.read(request.POST[VERSION_FIELD]), self._stored_version(request, record)
                request.stale = _stale_form(record, shown, stored, request.POST)  # type: ignore[attr-defined]  # on its way
                request.shown_version = str(stored if request.stale else shown)  # type: ignore[attr-defined]  # to the form
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        stale: StaleForm | None = getattr(request, "stale", None)
        return type(form.__name__, (RefusedForm, form), {"stale": stale}) if stale else form

    def _stored_version(self, request: HttpRequest, record: Any) -> Version:
        shown = flatten_fieldsets(self.get_fieldsets(request, record))
        fields = self.get_form(request, record, change=True, fields=shown).base_fields
        formsets = [
            formset(instance=record, queryset=inline.get_queryset(request))
            for formset, inline in self.get_formsets_with_inlines(request, record)
            if inline.has_change_permission(request, record)
        ]
        return version_of(record, fields, _rows(formsets))

    def _shown_version(self, request: HttpRequest, context: dict[str, Any]) -> Version:
        formsets = [shown.formset for shown in context["inline_admin_formsets"] if shown.has_change_permission]
        form = context["adminform"].form
        return version_of(form.instance, form.base_fields, _rows(formsets))

    def _too_late(self, request: HttpRequest, pk: str, record: Any) -> HttpResponse:
        """The answer to a form of a record that is gone, or that nobody can change any more."""
        gone = _("Nothing was saved: this %(kind)s is gone")
        title = _("Nothing was saved: this %(kind)s can no longer be changed") if record else gone
        entries = AuditEntry.objects.filter(kind=self.opts.label_lower, object_id=pk).select_related("person")
        entries = in_scope(entries, scope_of(request))
        context = {
            "title": title % {"kind": self.opts.verbose_name},
            "opts": self.opts,
            "original": record,
            "entries": [ShownEntry(entry) for entry in entries[:3]],
            "submitted": submitted(request.POST),
        }
        return TemplateResponse(request, "admin/audit/too_late.html", context, status=409)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page carries the version that its form shows, or that of the page that was sent."""
        record = context.get("original")
        if record is not None and self.has_change_permission(request, record):
            sent = getattr(request, "shown_version", None)
            context[VERSION_FIELD] = sent or str(self._shown_version(request, context))
        return super().render_change_form(request, context, *args, **kwargs)


def _is_there_already(error: IntegrityError) -> str:
    """What to say of a value that there may be only once. Raises the error if it is about anything else."""
    if getattr(error.__cause__, "pgcode", "") != UNIQUE_VIOLATION:
        raise error
    return _(
        "Nothing was saved: there is one with the same value already. Rows that exchange a value need two steps: save "
        "one of them with a third value first."
    )


def _read_files_again(request: HttpRequest) -> None:
    for name in request.FILES:
        for file in request.FILES.getlist(name):
            file.seek(0)


@dataclass(frozen=True)
class StaleForm:
    """Why a form is not saved: sentences about the record, and about fields of the form by their names."""

    sentences: list[str]
    fields: dict[str, str]


class RefusedForm:
    """A form that was filled in from what is not stored any more: it is invalid, whatever was typed."""

    stale: StaleForm

    def full_clean(self) -> None:
        super().full_clean()  # type: ignore[misc]  # mixed into a form
        form = cast(forms.ModelForm[Any], self)
        if form.is_bound:
            for sentence in self.stale.sentences:
                form.add_error(None, sentence)
            for name, sentence in self.stale.fields.items():
                form.add_error(name if name in form.fields else None, sentence)


def _stale_form(record: Any, shown: Version, stored: Version, post: QueryDict) -> StaleForm | None:
    """What has changed since a form was shown, by whom and when; ``None`` if nothing did."""
    names = stored.changed_since(shown)
    if not names:
        return None
    who = [_who_did_what(entry) for entry in trail_of(record).filter(pk__gt=shown.last_entry)[:3]]
    sentences = [
        _(
            "Nothing was saved: this was changed since you opened it. What you typed is kept below. Compare it with "
            "what is stored now, and save again to put yours in its place."
        ),
        *(who or [_("It was changed by a system or a worker, not by a person.")]),
    ]
    fields = {}
    for name in names:
        if " " in name:
            sentences += _row_sentences(name, names, shown, stored)
        elif name in stored.hashes:
            fields[name] = _("Changed since you opened this. It is now: %(value)s") % {"value": stored.words(name)}
        else:
            said = _("%(field)s cannot be changed any more. You typed: %(typed)s")
            sentences.append(said % {"field": capfirst(name_words(name)), "typed": post.get(name, "")})
    return StaleForm(sentences, fields)


def _who_did_what(entry: AuditEntry) -> str:
    who = f"{entry.person} ({entry.actor})" if entry.person and str(entry.person) != entry.actor else entry.actor
    return f"{who}, {moment_words(entry.at)} UTC: {entry.action_in_words}. {line_of(entry)}".rstrip()


def _row_sentences(name: str, names: list[str], shown: Version, stored: Version) -> list[str]:
    """What became of a row, or of one of its fields; a row that is new or gone says so once."""
    row, _space, label = name.rpartition(" ") if name.count(" ") > 1 else (name, "", "")
    which = row.replace("-", " ")
    if not label:
        said = _("Row %(row)s was added.") if name in stored.hashes else _("Row %(row)s was deleted.")
        return [said % {"row": which}]
    if row in names:  # it is new or gone
        return []
    facts = {"row": which, "field": label.replace("_", " "), "value": stored.words(name)}
    return [_("Row %(row)s: %(field)s is now: %(value)s") % facts]


def _rows(formsets: Iterable[Any]) -> dict[str, tuple[list[Any], Iterable[str]]]:
    """The stored rows of formsets; two of the same model have prefixes of their own, as in the page."""
    rows: dict[str, tuple[list[Any], Iterable[str]]] = {}
    for formset in formsets:
        prefix = formset.get_default_prefix()
        count = sum(known.split("-")[0] == prefix for known in rows)
        shown = [form.instance for form in formset.initial_forms]
        rows[f"{prefix}-{count + 1}" if count else prefix] = (shown, formset.form.base_fields)
    return rows

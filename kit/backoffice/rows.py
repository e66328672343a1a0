"""Rows that belong to a record: each field says what it is called, and takes no text that cannot be kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import UniqueConstraint
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..pages.checked_forms import check_field


class NamedFields(BaseInlineFormSet):  # type: ignore[type-arg]  # as Django's admin has it
    """Names the fields of its rows, which Django labels only in the column's head, and checks what is typed."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            check_field(field)
            if not field.widget.is_hidden:
                field.widget.attrs.setdefault("aria-label", capfirst(str(field.label or name)))

    def clean(self) -> None:
        """Of equal rows that may not be, the later one says so at its field: Django would say it of the whole row."""
        for constraint in self.fk.model._meta.constraints:
            if isinstance(constraint, UniqueConstraint) and constraint.fields:
                self._refuse_equal([name for name in constraint.fields if name != self.fk.name])
        super().clean()

    def _refuse_equal(self, names: Sequence[str]) -> None:
        """All rows have the record in common, which is not stored yet on the page that adds it."""
        seen = set()
        for form in self.forms:
            values = tuple(form.cleaned_data.get(name) for name in names) if form.is_valid() else (None,)
            if None in values or form.cleaned_data.get("DELETE"):
                continue
            if values in seen:
                form.add_error(names[0], _("Another row has the same."))
            seen.add(values)


class NamedRowsMixin(admin.ModelAdmin[Any]):
    """Names the fields of the tables on a record's page."""

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Iterator[Any]:
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            yield type(formset.__name__, (NamedFields, formset), {}), inline

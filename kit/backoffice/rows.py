"""Rows that belong to a record: each field says what it is called, as the head of its column does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.text import capfirst


class NamedFields(BaseInlineFormSet):  # type: ignore[type-arg]  # as Django's admin has it
    """Names the fields of its rows: Django writes a label in the head of the column alone."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            if not field.widget.is_hidden:
                field.widget.attrs.setdefault("aria-label", capfirst(str(field.label or name)))


class NamedRowsMixin(admin.ModelAdmin[Any]):
    """Names the fields of the tables on a record's page."""

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Iterator[Any]:
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            yield type(formset.__name__, (NamedFields, formset), {}), inline

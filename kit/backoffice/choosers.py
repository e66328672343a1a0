"""Choosers of records in the admin: each is offered, and shown again, with what tells it from others of its name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator, ModelChoiceIteratorValue
from django.http import HttpRequest, HttpResponse, JsonResponse

from ..texts.characters import composed
from ..texts.ids import id_in
from .labels import label_of, repeated, told_apart


class ToldApart(ModelChoiceIterator):  # type: ignore[type-arg]  # Django's own takes no type
    """The choices of a list: those that would read the same are told apart."""

    def __iter__(self) -> Iterator[Any]:
        choices = list(super().__iter__())
        twice = repeated(str(label) for _value, label in choices)
        for value, label in choices:
            if isinstance(value, ModelChoiceIteratorValue) and str(label).casefold() in twice:
                label = told_apart(str(label), value.instance)  # type: ignore[attr-defined]  # the stubs leave it out
            yield value, label


class RecordField(forms.ModelChoiceField[Any]):
    """A choice of records, each by its label."""

    iterator = ToldApart

    def label_from_instance(self, obj: Any) -> str:
        return label_of(obj)


class RecordsField(forms.ModelMultipleChoiceField[Any]):
    """Several of them."""

    iterator = ToldApart

    def label_from_instance(self, obj: Any) -> str:
        return label_of(obj)


class Chooser(AutocompleteSelect):
    """A field in which one searches for a record. What was sent as an id and is none is shown as no choice."""

    def optgroups(self, name: str, value: Sequence[str], attrs: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [str(one) for one in value if id_in(one)], attrs)


class ChoosersMixin(admin.options.BaseModelAdmin[Any]):
    """Shows records in the choosers of a form by their labels."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs = {"widget": Chooser(db_field, self.admin_site), **kwargs}
        return super().formfield_for_foreignkey(db_field, request, **{"form_class": RecordField, **kwargs})

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **{"form_class": RecordsField, **kwargs})


class RecordChooser(AutocompleteJsonView):
    """Answers choosers while one types. The record whose external id was typed comes first."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        answer: dict[str, Any] = json.loads(response.content)
        if request.GET.get("page", "1") == "1" and (exact := self._exact()):
            others = [result for result in answer["results"] if result not in exact]
            answer["results"] = [*exact, *others]
        return JsonResponse(answer)

    def get_queryset(self) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset()
        return found.select_related(*getattr(found.model, "labelled_with", ()))

    def _exact(self) -> list[dict[str, str]]:
        model = self.model_admin.model
        if not self.term or not any(field.name == "external_id" for field in model._meta.concrete_fields):
            return []
        limits = self.source_field.get_limit_choices_to()
        offered = self.model_admin.get_queryset(self.request).complex_filter(limits)
        found = offered.filter(external_id=composed(self.term))
        return [self.serialize_result(record, self._key()) for record in found[: self.paginate_by]]

    def _key(self) -> str:
        return str(getattr(self.source_field.remote_field, "field_name", self.model_admin.opts.pk.attname))

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        return super().serialize_result(obj, to_field_name) | {"text": label_of(obj)}

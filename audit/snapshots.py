"""What the audit trail says of a record: its stored values, and what differs between two moments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypedDict

from django.conf import settings
from django.db.models import Field, ManyToManyField, Model
from django.utils import translation
from django.utils.text import capfirst

from kit.backoffice.labels import label_of

Values = dict[str, Any]
Change = dict[str, Any]


class SnapshotRow(TypedDict):
    """A row that belongs to a record, and what became of it: ``added``, ``changed`` or ``deleted``."""

    did: str
    kind: str
    id: Any
    name: str


HIDDEN = "(hidden)"
SECRET = re.compile(r"password|secret|check_in_code|private_key|^data$")
"""Fields whose values are never written down, only that they changed. ``data`` holds the keys of second factors."""


def snapshot(record: Model | None) -> Values:
    """The values of a record as they are stored now, by field name; nothing for a record that is not stored."""
    stored = None if record is None else type(record)._base_manager.filter(pk=record.pk).first()
    if stored is None:
        return {}
    model = type(stored)
    values = {field.name: getattr(stored, field.attname) for field in _plain_fields(model)}
    for field in _many_to_many(model):
        values[field.name] = sorted(getattr(stored, field.name).values_list("pk", flat=True))
    return values


def changes_between(
    model: type[Model], before: Values, after: Values, *, of: SnapshotRow | None = None
) -> list[Change]:
    """The fields in which two snapshots of a record differ, in words that stay readable when the record is gone.

    Other records are named with their id, moments are in UTC, secrets are hidden. An empty snapshot is a record that
    does not exist: only fields with a value differ from it. ``of`` is the row that the fields belong to, if they are
    not the record's own.
    """
    fields: list[Field[Any, Any]] = [*_plain_fields(model), *_many_to_many(model)]
    changes = []
    for field in fields:
        old, new = before.get(field.name), after.get(field.name)
        if old == new or (_empty(old) and _empty(new)):
            continue
        change = {"field": field.name, "from": in_words(field, old), "to": in_words(field, new)}
        changes.append({"of": of, **change} if of else change)
    return changes


def in_words(field: Field[Any, Any], value: Any) -> Any:
    """A stored value as the trail shows it."""
    if _empty(value):
        return None
    if SECRET.search(field.name):
        return HIDDEN
    if isinstance(field, ManyToManyField):
        return sorted(named(field.related_model, pk) for pk in value)
    if field.is_relation:
        return named(field.related_model, value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return value if isinstance(value, bool | int | float | dict) else str(value)


def shown_values(record: Model, names: Iterable[str]) -> dict[str, str]:
    """Some values of a record in words, by what forms call them."""
    fields: list[Any] = [record._meta.get_field(name) for name in names]
    words = [(str(capfirst(field.verbose_name)), in_words(field, field.value_from_object(record))) for field in fields]
    return {label: "" if value is None else str(value) for label, value in words}


def named(model: Any, pk: Any) -> str:
    """Another record by its name and id, or by its id if it is gone."""
    record = model._base_manager.filter(pk=pk).first()
    return f"{kept_name(record, said_by=label_of)} ({pk})" if record is not None else f"({pk})"


def kept_name(record: Model, *, said_by: Callable[[Model], str] = str) -> str:
    """What a record is called, in the portal's own language: who reads of it may not know the actor's."""
    with translation.override(settings.LANGUAGE_CODE):
        return said_by(record)


def _plain_fields(model: type[Model]) -> Iterable[Any]:
    """Without what a model only keeps count with (``not_in_trail``): it says nothing that the entry does not."""
    untold = getattr(model, "not_in_trail", ())
    return (field for field in model._meta.concrete_fields if not field.primary_key and field.name not in untold)


def _many_to_many(model: type[Model]) -> Iterable[Any]:
    """Those without a model of their own in between: a model in between is shown as rows that belong to the record."""
    fields: Iterable[Any] = model._meta.many_to_many
    return (field for field in fields if field.remote_field.through._meta.auto_created)


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], ())

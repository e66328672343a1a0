"""Saving records whose SQL is written once, for what is saved many times a second. No signal of saving is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection, models

from .prepared_statements import PreparedStatement

Record = TypeVar("Record", bound=models.Model)


class PreparedInsert(Generic[Record]):
    """``record.save(force_insert=True)`` of a record without an id."""

    def __init__(self, model: type[Record]) -> None:
        self._model = model

    @cached_property
    def _fields(self) -> list[Any]:
        return [field for field in self._model._meta.local_concrete_fields if not field.primary_key]

    @cached_property
    def _statement(self) -> PreparedStatement:
        quoted = connection.ops.quote_name
        table, columns = quoted(self._model._meta.db_table), ", ".join(quoted(field.column) for field in self._fields)
        values = ", ".join(f"%({field.column})s" for field in self._fields)
        return PreparedStatement.named(f"INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING id")  # noqa: S608  # names of columns

    def save(self, record: Record) -> None:
        """Insert it, and give it its id (1 statement)."""
        with connection.cursor() as cursor:
            self._statement.execute(connection, cursor, _values(record, self._fields, add=True))
            (record.pk,) = cursor.fetchone()
        record._state.adding, record._state.db = False, connection.alias


class PreparedSave(Generic[Record]):
    """``record.save(update_fields=…)`` of a record that is in the database."""

    def __init__(self, model: type[Record], fields: Sequence[str]) -> None:
        self._model, self._names = model, fields

    @cached_property
    def _fields(self) -> list[Any]:
        return [self._model._meta.get_field(name) for name in self._names]

    @cached_property
    def _statement(self) -> PreparedStatement:
        quoted = connection.ops.quote_name
        changes = ", ".join(f"{quoted(field.column)} = %({field.column})s" for field in self._fields)
        return PreparedStatement.named(f"UPDATE {quoted(self._model._meta.db_table)} SET {changes} WHERE id = %(id)s")  # noqa: S608  # names of columns

    def save(self, record: Record) -> None:
        """Save the fields as they are (1 statement). Raises ``DoesNotExist`` of its model for a record that is gone."""
        with connection.cursor() as cursor:
            self._statement.execute(connection, cursor, {**_values(record, self._fields), "id": record.pk})
            if not cursor.rowcount:
                raise self._model.DoesNotExist  # type: ignore[attr-defined]  # every model has it


def _values(record: models.Model, fields: Iterable[Any], *, add: bool = False) -> dict[str, Any]:
    """By column, as Django would store them."""
    return {field.column: field.get_db_prep_save(field.pre_save(record, add), connection) for field in fields}

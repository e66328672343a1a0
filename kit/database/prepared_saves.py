"""Saving some fields of a record whose SQL is written once, for what is saved many times a second."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Generic, TypeVar

from django.db import connection, models

from .prepared_statements import PreparedStatement

Record = TypeVar("Record", bound=models.Model)


class PreparedSave(Generic[Record]):
    """``record.save(update_fields=…)`` of a record that is in the database; no signal of saving is sent."""

    def __init__(self, model: type[Record], fields: Sequence[str]) -> None:
        self._model, self._names = model, fields

    @cached_property
    def _fields(self) -> list[models.Field]:  # type: ignore[type-arg]  # of any values
        return [self._model._meta.get_field(name) for name in self._names]  # type: ignore[misc]  # none is a relation back

    @cached_property
    def _statement(self) -> PreparedStatement:
        quoted = connection.ops.quote_name
        changes = ", ".join(f"{quoted(field.column)} = %({field.column})s" for field in self._fields)
        return PreparedStatement.named(
            f"UPDATE {quoted(self._model._meta.db_table)} SET {changes} WHERE id = %(id)s"  # noqa: S608  # names of columns
        )

    def save(self, record: Record) -> None:
        """Save the fields as they are (1 statement). Raises ``DoesNotExist`` of its model for a record that is gone."""
        values = {
            field.column: field.get_db_prep_save(getattr(record, field.attname), connection) for field in self._fields
        }
        with connection.cursor() as cursor:
            self._statement.execute(connection, cursor, {**values, "id": record.pk})
            if not cursor.rowcount:
                raise self._model.DoesNotExist

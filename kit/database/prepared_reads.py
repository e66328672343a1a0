"""Querysets whose SQL is written once, for what is read many times a second.

Django writes the SQL of a queryset anew each time. That takes longer than the database takes for a row or two. A
``PreparedRead`` is made once, by the same methods and rules as any queryset. A ``ReadParameter`` stands in place of a
value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, DateField, DateTimeField, Expression, Field, QuerySet
from django.db.transaction import TransactionManagementError

from .prepared_statements import Name, PreparedStatement
from .reading import joined, rows_of_each
from .replica import alias_to_read

Row = TypeVar("Row")


class ReadParameter(Expression):
    """Stands in a queryset for a value that is given at each reading. The value goes to the database as it is."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (Name(self.name),)


class ReadParameters(ReadParameter):
    """The same for several ids, behind ``__in``."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "SELECT unnest(%s::bigint[])", (Name(self.name),)


def id_parameter(name: str) -> Any:
    """Stands for an id, or a record's."""
    return ReadParameter(name, BigIntegerField())


def ids_parameter(name: str) -> Any:
    return ReadParameters(name, BigIntegerField())


def moment_parameter(name: str) -> Any:
    return ReadParameter(name, DateTimeField())


def date_parameter(name: str) -> Any:
    return ReadParameter(name, DateField())


class PreparedRead(Generic[Row]):
    """A queryset, made when it is read first; it may prefetch nothing."""

    def __init__(self, make: Callable[[], QuerySet[Any, Row]]) -> None:
        self._make = make

    @cached_property
    def _compiled(self) -> tuple[Any, Any, str, Sequence[Any]]:
        read: Any = self._make()
        compiler = read.query.chain().get_compiler(using=alias_to_read())
        sql, parameters = compiler.as_sql()
        return read, compiler, sql, parameters

    @cached_property
    def _prepared(self) -> PreparedStatement:
        return PreparedStatement(self.sql, self.parameters)

    @property
    def sql(self) -> str:
        return self._compiled[2]

    @property
    def parameters(self) -> Sequence[Any]:
        return self._compiled[3]

    def read(self, *, using: str | None = None, **given: Any) -> list[Row]:
        """What the queryset has with these values, from the database where pages read unless one is named (1 query)."""
        connection = connections[using or alias_to_read()]
        if self._compiled[1].query.select_for_update and connection.get_autocommit():
            raise TransactionManagementError("A row is locked in a transaction.")
        with connection.cursor() as cursor:
            self._prepared.execute(connection, cursor, given)
            return self.of_rows(cursor.fetchall(), connection)

    def get(self, *, using: str | None = None, **given: Any) -> Row:
        """The one row that the queryset has with these values (1 query). Raises ``DoesNotExist`` of its model."""
        found = self.read(using=using, **given)
        if not found:
            raise self._compiled[0].model.DoesNotExist
        return found[0]

    @cached_property
    def _converters(self) -> dict[Any, Any]:
        """How values of the database become those of the queryset, which Django works out for each answer."""
        compiler = self._compiled[1]
        converters: dict[Any, Any] = compiler.get_converters([one for one, *_ in compiler.select[: compiler.col_count]])
        return converters

    def of_rows(self, rows: Sequence[Any], connection: BaseDatabaseWrapper) -> list[Row]:
        """What the queryset makes of rows of its statement."""
        if not rows:
            return []
        read, written, *_ = self._compiled
        compiler, answer = copy(written), read._chain()
        compiler.connection = connection
        compiler.get_converters = lambda _: self._converters
        compiler.execute_sql = lambda *_args, **_options: [[row[: written.col_count] for row in rows]]
        answer._query = copy(written.query)
        answer._query.get_compiler = lambda *_args, **_options: compiler
        answer._db = connection.alias
        return list(answer._iterable_class(answer))


def read_prepared(*reads: PreparedRead[Any], **given: Any) -> list[list[Any]]:
    """What several reads of few rows have with the same values, in one statement (1 query)."""
    connection = connections[alias_to_read()]
    with connection.cursor() as cursor:
        _joined(reads).execute(connection, cursor, given)
        rows = rows_of_each(cursor)
    return [read.of_rows(own, connection) for read, own in zip(reads, rows, strict=True)]


@lru_cache(maxsize=50)
def _joined(reads: tuple[PreparedRead[Any], ...]) -> PreparedStatement:
    return PreparedStatement(joined([read.sql for read in reads]), [one for read in reads for one in read.parameters])

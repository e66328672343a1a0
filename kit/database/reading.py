"""Several reads that wait for each other's answers no longer: one statement, one way to the database and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from .replica import alias_to_read, connection_to_read


def read_together(*reads: QuerySet[Any, Any]) -> None:
    """Read querysets in one statement (1 query); each then has its rows at hand, as if it had been read alone.

    Each row of the answer belongs to one of them and is empty in the columns of the others: this is for reads of few
    rows. What one of them prefetches takes queries of its own.
    """
    compilers = [_compiled(read) for read in reads]
    answers = _answers([compiler.sql for compiler in compilers if compiler.sql])
    for read, compiler in zip(reads, compilers, strict=True):
        _fill(read, compiler, next(answers) if compiler.sql else [])


class _Compiled:
    """A queryset as SQL with its parameters; without SQL if it is known to be empty."""

    def __init__(self, read: QuerySet[Any, Any]) -> None:
        self.compiler: Any = read.query.chain().get_compiler(using=alias_to_read())
        try:
            self.sql: Any = self.compiler.as_sql()
        except EmptyResultSet:
            self.sql = None


def _compiled(read: QuerySet[Any, Any]) -> _Compiled:
    return _Compiled(read)


def _answers(statements: Sequence[tuple[str, Sequence[Any]]]) -> Any:
    """The rows of each statement, in its order."""
    if not statements:
        return iter(())
    with connection_to_read().cursor() as cursor:
        cursor.execute(joined([sql for sql, _ in statements]), [one for _, params in statements for one in params])
        return iter(rows_of_each(cursor))


PLACE = "place_among_rows"


def joined(statements: Sequence[str]) -> str:
    """One statement whose rows are those of each, numbered; a join on nothing puts them one after the other."""
    parts = [
        f"(SELECT row_number() OVER () AS {PLACE}, rows.* FROM ({sql}) AS rows) AS part_{number}"  # noqa: S608  # of statements that Django wrote
        for number, sql in enumerate(statements)
    ]
    first, *others = parts
    return f"SELECT * FROM {first}" + "".join(f" FULL JOIN {part} ON false" for part in others)  # noqa: S608  # of statements that Django wrote


def rows_of_each(cursor: Any) -> list[list[Any]]:
    """The rows of each statement that was ``joined``, in its order."""
    rows = cursor.fetchall()
    starts = [at for at, column in enumerate(cursor.description) if column[0] == PLACE]
    ends = [*starts[1:], None]
    return [_rows_between(rows, start, end) for start, end in zip(starts, ends, strict=True)]


def _rows_between(rows: Sequence[Any], start: int, end: int | None) -> list[Any]:
    found = sorted((row for row in rows if row[start] is not None), key=lambda row: row[start])
    return [row[start + 1 : end] for row in found]


def _fill(read: Any, compiled: _Compiled, rows: Sequence[Any]) -> None:
    """Let a queryset make what it is of rows that are at hand."""
    compiler = compiled.compiler
    compiler.execute_sql = lambda *_args, **_options: [[row[: compiler.col_count] for row in rows]]
    compiler.query.get_compiler = lambda *_args, **_options: compiler
    reader = read._chain()
    reader._query = compiler.query
    read._result_cache = list(reader._iterable_class(reader)) if compiled.sql else []

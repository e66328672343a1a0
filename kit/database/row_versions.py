"""The versions of rows, by which it is known whether something that was made of them is still right.

Postgres writes a changed row as a new one. Its place (``ctid``) and the transaction that wrote it (``xmin``) name one
version of it. A page is still right under three conditions:

- its rows are as many as before
- they are in the same versions
- none of their moments has passed since

So no rule or trigger has to say that a row changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Model

from .prepared_statements import PreparedStatement
from .replica import connection_to_read

ROW_VERSION = "hashint8extended(xmin::text::bigint, hashtid(ctid))"


@dataclass(frozen=True)
class Rows:
    """The rows of a table that something is made of; ``condition`` is SQL with the names of ``versions_of``.

    ``newest`` is the moment at which a row was written, where the database refuses to change one: then their number and
    the latest of these moments are enough, which an index answers. It may be the id, where rows come and go alone.
    Every column that has a time changes something when that comes.
    """

    model: type[Model]
    condition: str = "true"
    newest: str = ""

    @property
    def statement(self) -> str:
        """How many there are, in which versions, and how many of their moments are over at ``now``."""
        table = self.model._meta.db_table
        versions = f"max({self.newest})" if self.newest else f"bit_xor({ROW_VERSION})"
        return (
            f"SELECT concat_ws(':', '{table}', count(*), {versions}, {self._moments_over}) AS found "  # noqa: S608  # names of tables
            f"FROM {table} WHERE {self.condition}"
        )

    @property
    def _moments_over(self) -> str:
        fields = self.model._meta.concrete_fields
        moments = [field.column for field in fields if field.get_internal_type() == "DateTimeField"]
        return " + ".join(f"count(*) FILTER (WHERE {moment} <= %(now)s)" for moment in moments) or "0"


@dataclass(frozen=True)
class NextMoment:
    """The next moment in a column of a table: something that is made of the table changes when it comes.

    It takes the place of the rows themselves where something else says that none of them changed. The column needs an
    index.
    """

    model: type[Model]
    column: str

    @property
    def statement(self) -> str:
        table = self.model._meta.db_table
        return (
            f"SELECT concat_ws(':', '{table}', '{self.column}', extract(epoch FROM min({self.column}))) AS found "  # noqa: S608  # of names in the code
            f"FROM {table} WHERE {self.column} > %(now)s"
        )


Part = Rows | NextMoment
"""A part of what something is made of."""


def versions_of(rows: Sequence[Part], known: Mapping[str, Any]) -> str:
    """A text that is the same until a row changes or a moment in the rows passes (1 query).

    ``known`` has what the conditions name, and ``now``.
    """
    ((found,),) = _ask(_prepared(tuple(rows)), known)
    return str(found)


def versions_with(rows: Sequence[Part], beside: str, known: Mapping[str, Any]) -> tuple[str, list[tuple[Any, ...]]]:
    """The same text, and the rows of the query ``beside`` (1 query in all). That query may name what is known too."""
    found = _ask(_prepared(tuple(rows), beside), known)
    return str(found[0][0]), [row[1:] for row in found if row[1] is not None]


def _ask(statement: PreparedStatement, known: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    connection = connection_to_read()
    with connection.cursor() as cursor:
        statement.execute(connection, cursor, known)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


@lru_cache(maxsize=20)
def _prepared(rows: tuple[Part, ...], beside: str = "") -> PreparedStatement:
    parts = " UNION ALL ".join(one.statement for one in rows)
    sql = f"SELECT string_agg(found, ' ' ORDER BY found) FROM ({parts}) AS parts"  # noqa: S608  # names of tables
    if beside:
        sql = f"SELECT * FROM ({sql}) AS versions LEFT JOIN ({beside}) AS beside ON true"  # noqa: S608  # of statements in the code
    return PreparedStatement.named(sql)

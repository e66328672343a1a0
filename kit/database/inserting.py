"""Inserting many rows fast: without model instances, and with one value that the database takes apart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from django.db import connection, models

from .prepared_statements import PreparedStatement

RowValues = Mapping[str, object]
"""The values of a row by column (``seller_id``, not ``seller``)."""


def insert_rows(
    model: type[models.Model],
    rows: Sequence[RowValues],
    *,
    shared: RowValues | None = None,
    ignore_conflicts: bool = False,
) -> set[int]:
    """Insert rows in one statement, in the order given, and return the ids of those that were inserted.

    All rows have the same columns; ``shared`` are the values that they share. Name every column that may not be null:
    the defaults of the model do not apply. With ``ignore_conflicts`` a row whose key is taken is left out.
    """
    if not rows:
        return set()
    shared = shared or {}
    with connection.cursor() as cursor:
        insert = _insert(model._meta.db_table, (*rows[0], *shared), ignore_conflicts)
        insert.execute(connection, cursor, {"shared": _json(shared), "rows": _json(rows)})
        return {pk for (pk,) in cursor.fetchall()}


@lru_cache(maxsize=50)
def _insert(table: str, columns: tuple[str, ...], ignore_conflicts: bool) -> PreparedStatement:
    quoted = connection.ops.quote_name
    return PreparedStatement.named(
        INSERT.format(
            table=quoted(table),
            columns=", ".join(map(quoted, columns)),
            on_conflict="ON CONFLICT DO NOTHING" if ignore_conflicts else "",
        )
    )


# The rows arrive as JSON and become rows of the table's own type; what is not in them is taken from the shared row.
INSERT = """
INSERT INTO {table} ({columns})
SELECT {columns} FROM json_populate_recordset(json_populate_record(NULL::{table}, %(shared)s), %(rows)s)
{on_conflict}
RETURNING id
"""

_json = json.JSONEncoder(ensure_ascii=False, default=datetime.isoformat).encode


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """Fresh ids of a table, lowest first, so that what a batch inserted can be told from what was there."""
    with connection.cursor() as cursor:
        NEXT_IDS.execute(connection, cursor, {"table": model._meta.db_table, "count": count})
        return [pk for (pk,) in cursor.fetchall()]


NEXT_IDS = PreparedStatement.named(
    "SELECT nextval(pg_get_serial_sequence(%(table)s, 'id')) FROM generate_series(1, %(count)s)"
)

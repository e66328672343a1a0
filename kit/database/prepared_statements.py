"""Prepared statements: the database reads and plans each once in a connection.

Behind a pooler they are sent as they are, for it hands a connection to another client with each transaction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any

from django.db import NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper

NAMED = re.compile(r"%\((\w+)\)s")


class Name(str):
    """The name of a value that is given each time, among the parameters of a statement."""

    __slots__ = ()


class PreparedStatement:
    """A statement with a ``%s`` for each of its parameters, which are values or names of values."""

    def __init__(self, sql: str, parameters: Sequence[Any]) -> None:
        self.sql = sql
        self._parameters = tuple(parameters)
        self._names = list(dict.fromkeys(value for value in self._parameters if isinstance(value, Name)))

    @classmethod
    def named(cls, sql: str) -> PreparedStatement:
        """Of a statement that names each of its values: ``%(name)s``."""
        return cls(NAMED.sub("%s", sql), [Name(name) for name in NAMED.findall(sql)])

    def execute(self, connection: BaseDatabaseWrapper, cursor: Any, given: Mapping[str, Any]) -> None:
        """Run it with the values of ``given`` by a cursor of this connection.

        A migration may have changed what it answers since it was prepared, which the database refuses. Then it is sent
        as it is, until there is another connection; a transaction is lost.
        """
        if self._prepare(connection):
            try:
                cursor.execute(self._call, [given[name] for name in self._names])
            except NotSupportedError:
                _prepared_in(connection)[self.name] = False
                if connection.in_atomic_block:
                    raise
            else:
                return
        cursor.execute(self.sql, [given[one] if isinstance(one, Name) else one for one in self._parameters])

    @cached_property
    def name(self) -> str:
        digest = blake2b(f"{self.sql} {self._parameters}".encode(), digest_size=10)
        return f"portal_{digest.hexdigest()}"

    @cached_property
    def _call(self) -> str:
        values = ", ".join(["%s"] * len(self._names))
        return f"EXECUTE {self.name} ({values})" if values else f"EXECUTE {self.name}"

    def _prepare(self, connection: Any) -> bool:
        """Whether it is prepared in this connection: once, and it stays so whatever becomes of the transaction."""
        if connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
            return False
        known = _prepared_in(connection)
        if self.name not in known:
            with connection.wrap_database_errors, connection.connection.cursor() as cursor:
                cursor.execute(f"PREPARE {self.name} AS {self._text(cursor)}")
            known[self.name] = True
        return known[self.name]

    def _text(self, cursor: Any) -> str:
        """The statement as the database numbers what is given, with the values that never change."""
        places = {name: f"${number}" for number, name in enumerate(self._names, start=1)}
        texts = (
            places[one] if isinstance(one, Name) else cursor.mogrify("%s", [one]).decode() for one in self._parameters
        )
        return self.sql % tuple(texts)


def _prepared_in(connection: Any) -> dict[str, bool]:
    """What is prepared in a connection, by name; false for what cannot be used any more."""
    server, known = getattr(connection, "prepared", (None, {}))
    if server is not connection.connection:  # the one before was closed
        known = {}
        connection.prepared = (connection.connection, known)
    found: dict[str, bool] = known
    return found

"""A second database that follows the first and is only read: which reads go there.

While ``reading_replica`` is on, querysets, ``read_together`` and ``versions_of`` read there, except in a transaction:
what is read to decide what is written comes from where it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

REPLICA = "replica"

_reads = ContextVar("reads_replica", default=False)
_wrote = ContextVar("wrote_something", default=False)


@contextmanager
def reading_replica() -> Iterator[None]:
    token = _reads.set(True)
    try:
        yield
    finally:
        _reads.reset(token)


@contextmanager
def noting_writes() -> Iterator[None]:
    """Forget what was written before; afterwards ``wrote_something`` is as it was."""
    token = _wrote.set(False)
    try:
        yield
    finally:
        _wrote.reset(token)


def wrote_something() -> bool:
    """Whether a model was written, or read to be, since ``noting_writes``."""
    return _wrote.get()


def alias_to_read() -> str:
    return REPLICA if _reads.get() and not connections[DEFAULT_DB_ALIAS].in_atomic_block else DEFAULT_DB_ALIAS


def connection_to_read() -> BaseDatabaseWrapper:
    return connections[alias_to_read()]


class ReplicaRouter:
    """Django's ``DATABASE_ROUTERS``."""

    def db_for_read(self, model: type, **hints: Any) -> str:
        return alias_to_read()

    def db_for_write(self, model: type, **hints: Any) -> str:
        _wrote.set(True)
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: object, other: object, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == REPLICA else None

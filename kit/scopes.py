"""How a record leads to what staff may be limited to (``kit.backoffice.scopes`` keeps them to it).

A model's ``scope_path`` is the lookup that leads there, such as ``seller__market``. It may lead to a model that has a
scope of its own (``user``). Other values:

- ``ITSELF``: its records are what people are limited to
- ``EVERYWHERE``: its records are common to all
- ``NOWHERE``: its records are for people who are limited to nothing
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model

ITSELF = "pk"
EVERYWHERE = ""
NOWHERE = "-"

COMMON = 0
"""In the place of an id: what is common to all."""

Scope = Collection[int] | None
"""The ids that somebody is limited to; ``None`` if they are limited to none."""


def scope_key(scope: Scope) -> str:
    """A scope in a key of the cache."""
    return "all" if scope is None else "-".join(map(str, sorted(scope)))


def scope_id_of(record: Model) -> int | None:
    """The id to which a record's path leads; ``None`` if it leads to several or nowhere, or does not say."""
    path: str = getattr(record, "scope_path", NOWHERE)
    if path in (EVERYWHERE, NOWHERE):
        return COMMON if path == EVERYWHERE else None
    *steps, last = path.split("__")
    found: Any = record
    with suppress(ObjectDoesNotExist):
        for step in steps:
            found = getattr(found, step)
        if last == ITSELF:
            return int(found.pk)
        leads_there = getattr(found._meta.get_field(last).related_model, "scope_path", None) == ITSELF
        number: int | None = getattr(found, f"{last}_id") if leads_there else None
        return number
    return None

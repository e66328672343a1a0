"""Which version of a record a form of the admin was filled in from, and what has changed since.

A form's page carries a version. It is the last entry of the record's audit trail, and a hash of each value that the
form shows. Rows that belong to the record are among them. A save compares it with what is stored, under the record's
lock. What differs was changed by somebody else meanwhile: nothing is saved, and the form is shown again with what was
typed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Field, Max, Model

from kit.formatting import in_short

from .selectors import trail_of
from .snapshots import SECRET, in_words

VERSION_FIELD = "shown_version"
"""The name of the hidden field."""

Rows = Mapping[str, tuple[Iterable[Model], Iterable[str]]]
"""The rows of each formset of a form, by its prefix, and the fields that it shows of them."""


@dataclass
class Version:
    """What a form shows: hashes by the name of the value, ``title`` or ``choices 12 text``, a row's own being empty."""

    last_entry: int = 0
    hashes: dict[str, str] = field(default_factory=dict)
    values: dict[str, tuple[Field[Any, Any], Any]] = field(default_factory=dict)
    """The values themselves; a version that a form sent has none."""

    def __str__(self) -> str:
        return json.dumps([self.last_entry, self.hashes], separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Version:
        """The version that a form sent; one that nobody can read has shown nothing of what there is."""
        try:
            last_entry, hashes = json.loads(text)
            return cls(min(int(last_entry), 2**62), {str(name): str(value) for name, value in dict(hashes).items()})
        except (ValueError, TypeError, OverflowError, RecursionError):
            return cls()

    def changed_since(self, shown: Version) -> list[str]:
        """The names of the values that have changed since a form showed them.

        Also of those that it has not shown, or shows no more.
        """
        names = {**shown.hashes, **self.hashes}
        return [name for name in names if shown.hashes.get(name) != self.hashes.get(name)]

    def words(self, name: str) -> str:
        """A value for people, cut if it is long."""
        return in_short(str(in_words(*self.values[name]) or "empty")) if name in self.values else ""


def version_of(record: Model, fields: Iterable[str], rows: Rows) -> Version:
    """The version of a record as it is in memory (1 query)."""
    version = Version(last_entry=last_entry(record))
    _add(version, "", record, fields)
    for prefix, (instances, names) in rows.items():
        names = list(names)
        for row in instances:
            version.hashes[f"{prefix} {row.pk}"] = ""
            _add(version, f"{prefix} {row.pk} ", row, names)
    return version


def last_entry(record: Model) -> int:
    """The id of the last entry about a record; 0 if there is none (1 query)."""
    return trail_of(record).aggregate(last=Max("pk"))["last"] or 0


def _add(version: Version, prefix: str, record: Model, names: Iterable[str]) -> None:
    known = {one.name: one for one in [*record._meta.concrete_fields, *record._meta.many_to_many]}
    for name in names:
        if name in known and not known[name].primary_key and not SECRET.search(name):
            value = known[name].value_from_object(record)
            value = sorted(one.pk for one in value) if known[name].many_to_many else value
            stored = json.dumps(value, default=str)
            version.hashes[prefix + name] = hashlib.sha256(stored.encode()).hexdigest()[:16]
            version.values[prefix + name] = (known[name], value)

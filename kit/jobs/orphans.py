"""Files that no row names: left by a process that died between writing a file and its row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import Storage
from django.db.models import QuerySet

from ..documents.stored_files import private_storage
from .failures import logged_failure

ORPHAN_AGE = timedelta(days=2)
"""A file that no row names after this time never gets one: a file and its row are written within seconds."""


def sweep(folder: str, named: QuerySet[Any], *, now: datetime, batch: int = 1_000) -> int:
    """Remove a folder's old files that no row of ``named`` has as ``stored_name``, and return how many there were."""
    storage = private_storage()
    try:
        _, names = storage.listdir(folder)
    except FileNotFoundError:
        return 0  # nothing was ever kept there
    old = [folder + name for name in names if _written_before(storage, folder + name, now - ORPHAN_AGE)]
    removed = 0
    for start in range(0, len(old), batch):
        some = old[start : start + batch]
        known = set(named.filter(stored_name__in=some).values_list("stored_name", flat=True))
        for name in sorted(set(some) - known):
            with logged_failure(f"Removing the file {name}"):
                storage.delete(name)
                removed += 1
    return removed


def _written_before(storage: Storage, name: str, moment: datetime) -> bool:
    try:
        return storage.get_modified_time(name) < moment
    except FileNotFoundError:
        return False  # somebody else removed it meanwhile

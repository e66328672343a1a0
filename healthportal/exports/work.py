"""What a worker does with an export that waits. Killed at any moment, it leaves the export to another one."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO

from django.core.files.base import File
from django.utils import timezone, translation

from accounts.languages import spoken
from kit.documents.stored_files import private_storage, store_file
from kit.jobs.claims import LostClaim
from kit.jobs.failures import noted_failure

from . import services
from .archive import count_rows, write_archive
from .models import Export

Clock = Callable[[], datetime]


def work_on_next(*, clock: Clock) -> bool:
    """Take up the export that has waited longest, make it, and say whether there was one."""
    export = services.take_up(now=clock())
    if export is None:
        return False
    with noted_failure(export, clock=clock), suppress(LostClaim):
        _make(export, clock)
    return True


def _make(export: Export, clock: Clock) -> None:
    with TemporaryFile() as file:
        _write(file, export, clock)
        size = file.tell()
        stored_name = store_file(f"exports/{secrets.token_hex(24)}", File(file))
    try:
        services.finish_export(export=export, stored_name=stored_name, size=size, now=clock())
    except BaseException:
        private_storage().delete(stored_name)
        raise


def _write(file: IO[bytes], export: Export, clock: Clock) -> None:
    """The zip, in the language of the person who asked; each step says how far it is."""
    seller, now = export.seller, clock()
    rows = count_rows(seller, now=now)

    def step(written: int) -> None:
        services.note_progress(export=export, rows=rows, rows_done=export.rows_done + written, now=clock())

    language = spoken(export.asked_by.language or seller.market.language)
    step(0)
    with translation.override(language), timezone.override(seller.market.zone):
        write_archive(file, seller, now=now, step=step)

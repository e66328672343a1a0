"""The files that sellers attach to appeals: what is taken, where it lies, and how it is handed out.

The first bytes of a file decide its type, not its name. A file can still be two things at once, such as a PDF that is
also HTML. So it is only handed out as a download, with the type that was found, in a sandbox.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.files import File
from django.db import models
from django.http import FileResponse

from kit.documents.stored_files import (
    SNIFFED_BYTES,
    content_type_of,
    download_stored,
    plain_file_name,
    private_storage,
    store_file,
)
from kit.jobs.orphans import sweep
from kit.outcomes import Refused
from sellers.services import check_clock

from .models import MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS, AppealAttachment, Upload
from .wording import files as wording

logger = logging.getLogger(__name__)

TYPES_IN_WORDS = "PNG, JPEG, WebP or PDF"


@contextmanager
def refused_without_room(*, field: str) -> Iterator[None]:
    """Where a file is read and kept: what the disk refuses is told as ``Refused`` of the field, and logged."""
    try:
        yield
    except OSError as error:
        logger.error("A file could not be kept: %s", error)
        raise Refused(wording.no_room(), field=field) from error


def keep_file(name: str, file: File[Any]) -> str:
    """Write a file whole or not at all, and return the name under which it lies. Raises ``OSError``."""
    return store_file(name, file)


def type_of(head: bytes) -> AppealAttachment.Type | None:
    """What a file is by its first twelve bytes, ``None`` if it is nothing that is taken."""
    found = content_type_of(head)
    return AppealAttachment.Type(found) if found else None


def check_files(files: Sequence[File[Any]]) -> list[AppealAttachment.Type]:
    """The type of each file. Raises ``Refused`` for too many, and and as ``check_file`` does."""
    if len(files) > MAX_ATTACHMENTS:
        raise Refused(wording.too_many(MAX_ATTACHMENTS), field="attachments")
    return [check_file(file) for file in files]


def check_file(file: File[Any]) -> AppealAttachment.Type:
    """The type of a file. Raises ``Refused`` for one that is empty, too large or of no such type."""
    if not file.size:
        raise Refused(wording.empty(_name(file)), field="attachments")
    if file.size > MAX_ATTACHMENT_BYTES:
        raise Refused(wording.too_large(_name(file), most_bytes=MAX_ATTACHMENT_BYTES), field="attachments")
    file.seek(0)
    found = type_of(file.read(SNIFFED_BYTES))
    file.seek(0)
    if found is None:
        raise Refused(wording.of_no_such_type(_name(file), types=TYPES_IN_WORDS), field="attachments")
    return found


def store(file: File[Any], *, content_type: AppealAttachment.Type, position: int) -> AppealAttachment:
    """Write a file under a random name; the row that describes it is not saved yet."""
    stored_name = keep_file(secrets.token_hex(24), file)
    return AppealAttachment(
        position=position, name=_name(file), content_type=content_type, size=file.size, stored_name=stored_name
    )


def discard(attachments: Sequence[AppealAttachment]) -> None:
    """Remove the files of attachments that were not saved after all."""
    for attachment in attachments:
        private_storage().delete(attachment.stored_name)


def sweep_orphans(*, now: datetime, batch: int = 1_000) -> int:
    """Remove the files that no attachment and no upload names, and return how many there were.

    They are left by a process that died between writing a file and its row. A younger file may still get its row, so it
    stays. It can run at any time, also twice at once. Raises ``ClockAhead`` where every file would look old.
    """
    check_clock(now=now)
    kept: tuple[tuple[str, models.QuerySet[Any]], ...] = (
        ("", AppealAttachment.objects.all()),
        ("uploads/", Upload.objects.waiting() | Upload.objects.filter(state=Upload.State.CHECKED)),
    )
    return sum(sweep(folder, named, now=now, batch=batch) for folder, named in kept)


def _name(file: File[Any]) -> str:
    """What the seller called it."""
    return plain_file_name(file.name)


def download(attachment: AppealAttachment) -> FileResponse:
    """The file as a download that no browser opens in the portal's name. 404 if it is gone."""
    about = {"name": attachment.name, "content_type": attachment.content_type}
    return download_stored(attachment.stored_name, **about)

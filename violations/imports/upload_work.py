"""What a worker does with an upload that waits: it is checked, or imported once somebody has confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import BinaryIO, cast

from django.db import transaction

from kit.documents.stored_files import private_storage
from kit.jobs.claims import LostClaim, claim, lock_claimed
from kit.jobs.failures import logged_failure, noted_failure
from kit.tables.columns import UnreadableFile
from kit.tables.readers import READERS, FileLines, Row
from sellers.services import check_clock, keep_books_open

from ..models import Upload
from ..services import issue_isolating_failures
from .columns import COLUMNS
from .upload_checks import check_upload
from .upload_progress import batches_of, finish, note_batch
from .upload_services import discard_upload, hash_of

UPLOAD_WAITS_FOR = timedelta(days=7)
"""How long a checked file waits for a decision before it is discarded."""


def work_on_next(*, clock: Callable[[], datetime]) -> bool:
    """Take up the upload that has waited longest, check or import it, and say whether there was one."""
    _discard_forgotten(now=clock())
    claimed = claim(Upload.objects.select_related("market", "confirmed_by"), now=clock())
    for upload in claimed:
        with noted_failure(upload, clock=clock), suppress(LostClaim):
            _work_on(upload, clock)
    return bool(claimed)


def _work_on(upload: Upload, clock: Callable[[], datetime]) -> None:
    try:
        with private_storage().open(upload.stored_name) as stream:
            if hash_of(cast(BinaryIO, stream)) != upload.sha256:
                raise UnreadableFile("The file is not the one that was uploaded.")
            stream.seek(0)
            lines = FileLines(cast(BinaryIO, stream))
            rows = READERS[upload.kind](lines, COLUMNS)
            work = check_upload if upload.state == Upload.State.CHECKING else _import
            work(upload, lines, rows, clock)
    except (UnreadableFile, FileNotFoundError) as error:
        fault = str(error) if isinstance(error, UnreadableFile) else "The file is gone."
        with transaction.atomic():
            finish(lock_claimed(upload), Upload.State.FAILED, now=clock(), fault=fault)


def _discard_forgotten(*, now: datetime) -> None:
    check_clock(now=now)
    for upload in Upload.objects.filter(state=Upload.State.CHECKED, uploaded_at__lt=now - UPLOAD_WAITS_FOR):
        with logged_failure(f"Discarding upload {upload.pk}"):
            discard_upload(upload=upload, now=now)


def _import(upload: Upload, lines: FileLines, rows: Iterator[Row], clock: Callable[[], datetime]) -> None:
    """Issue the rows that are left, a transaction for each batch, which also moves the upload on."""
    for batch in batches_of(rows, after=upload.last_line):
        now = clock()
        with transaction.atomic():
            keep_books_open(market_ids=[upload.market_id])
            upload = lock_claimed(upload)
            outcomes = issue_isolating_failures(
                market=upload.market,
                drafts=batch.drafts,
                source=upload.source,
                now=now,
                issued_by=upload.confirmed_by,
                involved=[upload.uploaded_by],
            )
            note_batch(upload, lines, batch, outcomes, now=now)
    with transaction.atomic():
        finish(lock_claimed(upload), Upload.State.DONE, now=clock())

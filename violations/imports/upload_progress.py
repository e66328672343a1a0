"""How far the work on an upload is: each batch is noted in one transaction, and whoever lost the upload finds out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from kit.documents.stored_files import private_storage
from kit.outcomes import Outcome, Result
from kit.tables.readers import FileLines, Row
from kit.texts.characters import usable

from ..models import Upload, UploadProblem
from .row_batches import Found, RowBatch, batches

BATCH_ROWS = 1000
PROBLEMS_KEPT = 10_000
"""How many things that are wrong with a file are kept; its refused rows are counted however many there are."""


def batches_of(rows: Iterator[Row], *, after: int = 0) -> Iterator[RowBatch]:
    """The rows of an upload below a line, in batches."""
    return batches(rows, BATCH_ROWS, after=after)


def start_over(upload: Upload) -> None:
    """Forget how far an upload was, and what was wrong with it; the caller saves it."""
    upload.rows = upload.bytes_read = upload.last_line = 0
    upload.created = upload.present = upload.held = upload.refused = upload.over = 0
    upload.problems.all().delete()


def finish(upload: Upload, state: Upload.State, *, now: datetime, fault: str = "") -> None:
    """The end of an upload; its file goes once that is certain."""
    upload.state, upload.finished_at, upload.fault = state, now, fault[:300]
    wait_for_nobody(upload)
    upload.save()
    transaction.on_commit(lambda: private_storage().delete(upload.stored_name))


def wait_for_nobody(upload: Upload) -> None:
    """No worker has anything to do about it any more; the caller saves it."""
    upload.due_at = upload.claimed_at = None
    upload.last_error = ""


def note_batch(
    upload: Upload, lines: FileLines, batch: RowBatch, outcomes: Sequence[Outcome], *, now: datetime
) -> None:
    """Write down what became of a batch, in the transaction of the caller, who holds the upload's lock."""
    results = Counter(outcome.result for outcome in outcomes)
    upload.rows += batch.rows
    upload.created += results[Result.CREATED]
    upload.present += results[Result.PRESENT]
    upload.held += results[Result.HELD]
    upload.refused += results[Result.REFUSED] + batch.bad_rows
    upload.over += sum(outcome.is_over for outcome in outcomes)
    upload.bytes_read, upload.last_line, upload.due_at = lines.bytes_read, batch.last, now + upload.lease
    if upload.state == Upload.State.IMPORTING:  # a check that fails starts over, so it gets no further by a batch
        upload.attempts = 1
    upload.save()
    _keep_problems(upload, batch.problems(outcomes))


def _keep_problems(upload: Upload, found: Sequence[Found]) -> None:
    """Keep what is wrong, up to a number that a person would still read: a file can be wrong in every line."""
    room = PROBLEMS_KEPT - upload.problems.count() if found else 0
    UploadProblem.objects.bulk_create(
        UploadProblem(
            upload=upload,
            line=line,
            external_id=usable(external_id)[:64],
            field=usable(problem.field)[:64],
            reason=usable(problem.reason),
        )
        for line, external_id, problem in found[: max(room, 0)]
    )

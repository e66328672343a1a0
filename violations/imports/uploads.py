"""Files of violations that staff upload: kept, checked, shown, and imported once somebody has confirmed.

The check issues the file's violations through the same service as the import, batch by batch, and rolls each back. What
a later batch would meet of an earlier one (an external id that comes again, points that add up) is carried along, so
the preview tells what the import would do if nothing else happened meanwhile. Locks are held for one batch only.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from audit.services import Actor, record
from audit.snapshots import snapshot
from kit.jobs.alone import alone
from kit.outcomes import Outcome, Refused, Result
from kit.texts.characters import UNUSABLE
from sellers.models import Market, Seller
from sellers.services import check_clock, keep_books_open

from .. import rules
from ..attachments import keep_file, refused_without_room
from ..models import PointsEntry, Upload, UploadProblem
from ..services import ViolationDraft, issue_isolating_failures
from ..wording.faults import ID_USED_BEFORE
from .columns import UnreadableFile
from .file_readers import READERS, FileLines, Row
from .row_batches import EXTENSIONS, Batch, Found, batches

BATCH_ROWS = 1000
LEASE = timedelta(minutes=5)
"""How long a worker may take for one batch before another one takes the upload up."""
ATTEMPTS = 5
"""How often an upload is taken up without getting further before it is given up."""
KEPT = timedelta(days=7)
"""How long a checked file waits for a decision before it is discarded."""
SHOWN_SELLERS = 20
PROBLEMS_KEPT = 10_000
"""How many things that are wrong with a file are kept; its refused rows are counted however many there are."""


def _storage() -> Storage:
    return storages["attachments"]


# --- What staff do


@transaction.atomic
def receive_upload(*, market: Market, file: File[Any], uploaded_by: User, now: datetime) -> Upload:
    """Keep a file to be checked.

    Raises ``Refused`` (field ``file``) if it is empty, too large, of no known kind or finds no room.
    """
    name = PurePath((file.name or "").replace("\\", "/")).name
    name = "".join(letter for letter in name if letter.isprintable()).strip()[-100:]
    kind = EXTENSIONS.get(PurePath(name).suffix.lower())
    if kind is None:
        raise Refused(f"Its name ends in none of {', '.join(EXTENSIONS)}.", field="file")
    if not file.size:
        raise Refused("The file is empty.", field="file")
    if file.size > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 1_000_000
        raise Refused(f"It is larger than {most} MB; import it with manage.py import_violations.", field="file")
    with refused_without_room(field="file"):
        file.seek(0)
        sha256 = _hash(cast(BinaryIO, file))
        file.seek(0)
        stored_name = keep_file(f"uploads/{secrets.token_hex(24)}", file)
    upload = Upload.objects.create(
        market=market,
        name=name,
        kind=kind,
        size=file.size,
        sha256=sha256,
        stored_name=stored_name,
        uploaded_at=now,
        uploaded_by=uploaded_by,
        due_at=now,
    )
    note = f"Uploaded to be checked: SHA-256 {sha256}."
    record(by=uploaded_by, action="add", about=upload, note=note, before={}, now=now)
    return upload


def _hash(stream: BinaryIO) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # reads in pieces


@transaction.atomic
def confirm_upload(*, upload: Upload, confirmed_by: User, now: datetime) -> Upload:
    """Let a checked file be imported. Raises ``Refused`` if it is not waiting for that, or would create nothing."""
    upload = Upload.objects.select_for_update().get(pk=upload.pk)
    if upload.state != Upload.State.CHECKED:
        raise Refused("It is not waiting to be imported.")
    if not upload.preview["created"]:
        raise Refused("It would create nothing.")
    before = snapshot(upload)
    upload.state, upload.confirmed_by, upload.confirmed_at = Upload.State.IMPORTING, confirmed_by, now
    upload.attempts = 0
    _start_over(upload)
    upload.due_at = now
    upload.save()
    note = f"Confirmed: {upload.preview['created']:,} to create, SHA-256 {upload.sha256}."
    record(by=confirmed_by, action="confirm", about=upload, note=note, before=before, now=now)
    return upload


@transaction.atomic
def discard_upload(*, upload: Upload, now: datetime, discarded_by: Actor = None) -> Upload:
    """Drop a file that was not confirmed. Raises ``Refused`` if it was."""
    upload = Upload.objects.select_for_update().get(pk=upload.pk)
    if upload.state not in {Upload.State.CHECKED, Upload.State.CHECKING}:
        raise Refused("Only a file that was not confirmed can be discarded.")
    before = snapshot(upload)
    _finish(upload, Upload.State.DISCARDED, now=now)
    record(by=discarded_by, action="discard", about=upload, note="Discarded.", before=before, now=now)
    return upload


def _start_over(upload: Upload) -> None:
    upload.rows = upload.bytes_read = upload.last_line = 0
    upload.created = upload.present = upload.refused = upload.over = 0
    upload.problems.all().delete()


def _finish(upload: Upload, state: Upload.State, *, now: datetime, fault: str = "") -> None:
    """The end of an upload; its file goes once that is certain."""
    upload.state, upload.finished_at, upload.fault = state, now, fault[:300]
    upload.save()
    transaction.on_commit(lambda: _storage().delete(upload.stored_name))


# --- What the worker does


class _Lost(Exception):
    """Somebody else has taken the upload up, or discarded it."""


def work_on_next(*, clock: Callable[[], datetime]) -> bool:
    """Take up the upload that has waited longest, check or import it, and say whether there was one."""
    _discard_forgotten(now=clock())
    upload = _take_up(now=clock())
    if upload is None:
        return False
    with alone(f"Upload {upload.pk}"):  # it is due again when its lease is over
        _work_on(upload, clock)
    return True


def _work_on(upload: Upload, clock: Callable[[], datetime]) -> None:
    try:
        with _storage().open(upload.stored_name) as stream:
            if _hash(cast(BinaryIO, stream)) != upload.sha256:
                raise UnreadableFile("The file is not the one that was uploaded.")
            stream.seek(0)
            lines = FileLines(cast(BinaryIO, stream))
            rows = READERS[upload.kind](lines)
            _check(upload, lines, rows, clock) if upload.state == Upload.State.CHECKING else _import(
                upload, lines, rows, clock
            )
    except (UnreadableFile, FileNotFoundError) as error:
        fault = str(error) if isinstance(error, UnreadableFile) else "The file is gone."
        with transaction.atomic():
            _finish(_locked(upload), Upload.State.FAILED, now=clock(), fault=fault)
    except _Lost:
        pass


def _discard_forgotten(*, now: datetime) -> None:
    check_clock(now=now)
    for upload in Upload.objects.filter(state=Upload.State.CHECKED, uploaded_at__lt=now - KEPT):
        with alone(f"Discarding upload {upload.pk}"):
            discard_upload(upload=upload, now=now)


@transaction.atomic
def _take_up(*, now: datetime) -> Upload | None:
    due = Upload.objects.waiting().filter(due_at__lte=now).order_by("due_at")
    upload = due.select_for_update(skip_locked=True, of=("self",)).select_related("market", "confirmed_by").first()
    if upload is None:
        return None
    if upload.attempts >= ATTEMPTS:
        fault = f"The worker failed {ATTEMPTS} times after line {upload.last_line:,}. The log of the worker says why."
        _finish(upload, Upload.State.FAILED, now=now, fault=fault)
        return _take_up(now=now)
    upload.due_at = now + LEASE
    upload.attempts += 1
    upload.save(update_fields=["due_at", "attempts"])
    return upload


def _locked(upload: Upload) -> Upload:
    """The upload, locked. Raises ``_Lost`` if it is not any more as this worker left it."""
    found = Upload.objects.select_for_update().get(pk=upload.pk)
    if (found.state, found.due_at) != (upload.state, upload.due_at):
        raise _Lost
    return found


def _note(upload: Upload, lines: FileLines, batch: Batch, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Write down what became of a batch, in the transaction of the caller, who holds the upload's lock."""
    results = Counter(outcome.result for outcome in outcomes)
    upload.rows += batch.rows
    upload.created += results[Result.CREATED]
    upload.present += results[Result.PRESENT]
    upload.refused += results[Result.REFUSED] + batch.bad_rows
    upload.over += sum(outcome.is_over for outcome in outcomes)
    upload.bytes_read, upload.last_line, upload.due_at = lines.bytes_read, batch.last, now + LEASE
    if upload.state == Upload.State.IMPORTING:  # a check that fails starts over, so it gets no further by a batch
        upload.attempts = 0
    upload.save()
    _keep_problems(upload, batch.problems(outcomes))


def _keep_problems(upload: Upload, found: Sequence[Found]) -> None:
    """Keep what is wrong, up to a number that a person would still read: a file can be wrong in every line."""
    room = PROBLEMS_KEPT - upload.problems.count() if found else 0
    UploadProblem.objects.bulk_create(
        UploadProblem(
            upload=upload,
            line=line,
            external_id=UNUSABLE.sub("\ufffd", external_id)[:64],
            field=UNUSABLE.sub("\ufffd", problem.field)[:64],
            reason=UNUSABLE.sub("\ufffd", problem.reason),
        )
        for line, external_id, problem in found[: max(room, 0)]
    )


def _import(upload: Upload, lines: FileLines, rows: Iterator[Row], clock: Callable[[], datetime]) -> None:
    """Issue the rows that are left, a transaction for each batch, which also moves the upload on."""
    for batch in batches(rows, BATCH_ROWS, after=upload.last_line):
        now = clock()
        with transaction.atomic():
            keep_books_open(market_ids=[upload.market_id])
            upload = _locked(upload)
            outcomes = issue_isolating_failures(
                market=upload.market,
                drafts=batch.drafts,
                source=upload.source,
                now=now,
                issued_by=upload.confirmed_by,
                hands=[upload.uploaded_by],
            )
            _note(upload, lines, batch, outcomes, now=now)
    with transaction.atomic():
        _finish(_locked(upload), Upload.State.DONE, now=clock())


# --- The check


class _RolledBack(Exception):
    """Undoes what a batch of the check did."""


@dataclass
class _Tally:
    """What the batches so far would have done: the ids they would have taken, and the points they would have added."""

    taken: dict[str, str] = field(default_factory=dict)
    added: Counter[int] = field(default_factory=Counter)
    sellers: set[str] = field(default_factory=set)

    def try_out(self, upload: Upload, batch: Batch, *, now: datetime) -> list[Outcome]:
        """What would become of the drafts of a batch, one answer for each."""
        known = {index: o for index, (_, draft) in enumerate(batch.good) if (o := self._taken(draft))}
        tried = [(index, draft) for index, (_, draft) in enumerate(batch.good) if index not in known]
        outcomes = known | dict(zip([index for index, _ in tried], self._issue(upload, tried, now=now), strict=True))
        return [outcomes[index] for index in range(len(batch.good))]

    def _taken(self, draft: ViolationDraft) -> Outcome | None:
        fingerprint = self.taken.get(draft.external_id)
        if fingerprint is None:
            return None
        if fingerprint == draft.fingerprint:
            return Outcome(draft.external_id, Result.PRESENT)
        return Outcome(draft.external_id, Result.REFUSED, None, "external_id", ID_USED_BEFORE)

    def _issue(self, upload: Upload, tried: list[tuple[int, ViolationDraft]], *, now: datetime) -> list[Outcome]:
        drafts = [draft for _, draft in tried]
        outcomes: list[Outcome] = []
        assessed: list[tuple[int, int]] = []
        try:
            with transaction.atomic():
                outcomes = issue_isolating_failures(
                    market=upload.market,
                    drafts=drafts,
                    source=upload.source,
                    now=now,
                    hands=[upload.uploaded_by],
                )
                created = [o.record_id for o in outcomes if o.result is Result.CREATED and o.record_id]
                entries = PointsEntry.objects.filter(violation_id__in=created).counting(as_of=now).order_by()
                assessed = list(entries.values_list("seller_id", "points"))
                raise _RolledBack
        except _RolledBack:
            pass
        for seller_id, points in assessed:
            self.added[seller_id] += points
        for draft, outcome in zip(drafts, outcomes, strict=True):
            if outcome.result is Result.CREATED:
                self.taken[draft.external_id] = draft.fingerprint
                self.sellers.add(draft.seller_external_id)
        return outcomes


def _check(upload: Upload, lines: FileLines, rows: Iterator[Row], clock: Callable[[], datetime]) -> None:
    """Find out what an import would do. A check that was interrupted starts over: it has left nothing but problems."""
    with transaction.atomic():
        upload = _locked(upload)
        _start_over(upload)
        upload.save()
    tally = _Tally()
    for batch in batches(rows, BATCH_ROWS):
        now = clock()
        outcomes = tally.try_out(upload, batch, now=now)
        with transaction.atomic():
            upload = _locked(upload)
            _note(upload, lines, batch, outcomes, now=now)
    preview = _preview(upload, tally, now=clock())
    with transaction.atomic():
        upload = _locked(upload)
        upload.preview, upload.state = preview, Upload.State.CHECKED
        upload.save()


def _preview(upload: Upload, tally: _Tally, *, now: datetime) -> dict[str, Any]:
    """What the import would do, in numbers that stay as they are.

    The points that an import adds only ever raise a seller's total, so the milestones that it reaches are those between
    the totals before and after, whatever the order of the rows.
    """
    milestones = {milestone.points: milestone for milestone in upload.market.milestones.in_force(as_of=now)}
    reached: Counter[int] = Counter()
    shown: list[dict[str, Any]] = []
    ids = sorted(tally.added)
    for start in range(0, len(ids), BATCH_ROWS):
        part = ids[start : start + BATCH_ROWS]
        counting = PointsEntry.objects.filter(seller_id__in=part).counting(as_of=now).order_by()
        before = dict(counting.values_list("seller_id").annotate(total=Sum("points")))
        for seller_id in part:
            total = before.get(seller_id, 0)
            after = total + tally.added[seller_id]
            crossed = rules.reached(before=total, after=after, thresholds=milestones)
            reached.update(crossed)
            if crossed:
                shown.append({"seller": seller_id, "before": total, "after": after, "milestones": crossed})
    shown = sorted(shown, key=lambda one: -one["after"])[:SHOWN_SELLERS]
    sellers = Seller.objects.in_bulk([one["seller"] for one in shown])
    actions: Counter[str] = Counter()
    for points, count in reached.items():
        actions[milestones[points].kind] += count
    return {
        "at": now.isoformat(),
        "rows": upload.rows,
        "created": upload.created,
        "present": upload.present,
        "refused": upload.refused,
        "over": upload.over,
        "sellers": len(tally.sellers),
        "milestones": [
            {"points": points, "kind": milestones[points].kind, "sellers": count}
            for points, count in sorted(reached.items())
        ],
        "actions": dict(actions),
        "shown": [
            one | {"name": sellers[one["seller"]].name, "external_id": sellers[one["seller"]].external_id}
            for one in shown
        ],
    }

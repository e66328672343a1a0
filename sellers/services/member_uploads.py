"""Files of people to invite: checked line by line when they are uploaded, sent by a worker once somebody confirmed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from audit.snapshots import snapshot
from kit.api.items import BadRow
from kit.documents.stored_files import plain_file_name
from kit.jobs.claims import LostClaim, claim, finish, lock_claimed
from kit.jobs.failures import noted_failure
from kit.outcomes import Outcome, Refused, Result
from kit.tables.columns import Columns, UnreadableFile
from kit.tables.readers import FileLines, Row, read_csv
from kit.texts.characters import UNUSABLE

from .. import trail_notes, wording
from ..items import MemberItem
from ..models import Market, MemberUpload, MemberUploadLine
from .member_provisioning import MemberDraft, member_draft, preview_members, put_members

MAX_BYTES = 5_000_000
MAX_LINES = 20_000
BATCH_LINES = 200
"""Invitations that are sent in one transaction."""

COLUMNS = Columns.of(MemberItem)

OUTCOMES = {
    Result.CREATED: MemberUploadLine.Outcome.INVITE,
    Result.CHANGED: MemberUploadLine.Outcome.AGAIN,
    Result.PRESENT: MemberUploadLine.Outcome.PRESENT,
    Result.REFUSED: MemberUploadLine.Outcome.REFUSED,
}


@transaction.atomic
def receive_members(*, market: Market, file: File[Any], uploaded_by: User, now: datetime) -> MemberUpload:
    """Read a file of people to invite, and find out what would become of each line. Nobody is invited yet.

    Raises ``Refused`` (field ``file``) for one that is no CSV file, cannot be read, holds nothing or too much.
    """
    name = plain_file_name(file.name)[-100:]
    if PurePath(name).suffix.lower() != ".csv":
        raise Refused(_("Only CSV files are taken."), field="file")
    if (file.size or 0) > MAX_BYTES:
        raise Refused(wording.file_too_large(MAX_BYTES), field="file")
    rows = _rows_of(file)
    upload = MemberUpload.objects.create(
        market=market, name=name, uploaded_at=now, uploaded_by=uploaded_by, lane=market.pk
    )
    lines = _checked(upload, rows, now=now)
    MemberUploadLine.objects.bulk_create(lines, batch_size=1_000)
    note = trail_notes.members_uploaded(lines=len(lines))
    record(by=uploaded_by, action="add", about=upload, note=note, before={}, now=now)
    return upload


def _rows_of(file: File[Any]) -> list[Row]:
    file.seek(0)
    try:
        rows = list(islice(read_csv(FileLines(cast(BinaryIO, file)), COLUMNS), MAX_LINES + 1))
    except UnreadableFile as error:
        raise Refused(str(error), field="file") from error
    if not rows:
        raise Refused(_("The file holds nobody."), field="file")
    if len(rows) > MAX_LINES:
        raise Refused(wording.too_many_lines(MAX_LINES), field="file")
    return rows


def _checked(upload: MemberUpload, rows: Sequence[Row], *, now: datetime) -> list[MemberUploadLine]:
    """A line for each row, with what would become of it."""
    good: list[tuple[MemberUploadLine, MemberDraft]] = []
    lines = []
    for row in rows:
        lines.append(line := _line(upload, row))
        if row.broken:
            _refuse(line, row.broken_field, row.broken)
            continue
        try:
            draft = member_draft(row.values)
        except BadRow as error:
            _refuse(line, error.problems[0].field, " ".join(problem.reason for problem in error.problems))
        else:
            line.role = draft.role
            good.append((line, draft))
    drafts = [draft for _line, draft in good]
    for (line, _draft), outcome in zip(
        good, preview_members(market=upload.market, drafts=drafts, now=now), strict=True
    ):
        _note(line, outcome)
    return lines


def _line(upload: MemberUpload, row: Row) -> MemberUploadLine:
    seller, email, role = (_text(row.values.get(name)) for name in ("seller", "email", "role"))
    return MemberUploadLine(upload=upload, line=row.line, seller=seller[:64], email=email[:254].lower(), role=role[:8])


def _text(value: object) -> str:
    return UNUSABLE.sub("\ufffd", str(value)).strip() if value is not None else ""


def _refuse(line: MemberUploadLine, field: str, reason: str) -> None:
    line.outcome, line.field, line.reason = MemberUploadLine.Outcome.REFUSED, _text(field)[:64], _text(reason)


def _note(line: MemberUploadLine, outcome: Outcome) -> None:
    if outcome.result is Result.REFUSED:
        _refuse(line, outcome.field, outcome.reason)
    else:
        line.outcome, line.field, line.reason = OUTCOMES[outcome.result], "", ""


@transaction.atomic
def confirm_members(*, upload: MemberUpload, confirmed: int, confirmed_by: User, now: datetime) -> MemberUpload:
    """Let the invitations of a checked file be sent.

    Raises ``Refused`` if it does not wait for that, or would invite nobody. Also (field ``confirmed``) if the number
    that was typed is not the number of invitations.
    """
    upload = MemberUpload.objects.select_for_update(no_key=True).get(pk=upload.pk)
    count = upload.lines.to_send().count()
    if upload.state != MemberUpload.State.CHECKED or not count:
        raise Refused(_("It is not waiting to be sent, or would invite nobody."))
    if confirmed != count:
        raise Refused(wording.another_number(count), field="confirmed")
    before = snapshot(upload)
    upload.state, upload.confirmed_by, upload.confirmed_at = MemberUpload.State.SENDING, confirmed_by, now
    upload.due_at = now
    upload.save()
    note = trail_notes.members_confirmed(count=count)
    record(by=confirmed_by, action="confirm", about=upload, note=note, before=before, now=now)
    return upload


@transaction.atomic
def discard_members(*, upload: MemberUpload, discarded_by: User, now: datetime) -> MemberUpload:
    """Drop a file that was not confirmed. Raises ``Refused`` if it was."""
    upload = MemberUpload.objects.select_for_update(no_key=True).get(pk=upload.pk)
    if upload.state != MemberUpload.State.CHECKED:
        raise Refused(_("Only a file that was not confirmed can be discarded."))
    before = snapshot(upload)
    upload.state, upload.finished_at = MemberUpload.State.DISCARDED, now
    upload.save(update_fields=["state", "finished_at"])
    note = trail_notes.members_discarded()
    record(by=discarded_by, action="discard", about=upload, note=note, before=before, now=now)
    return upload


def send_next_upload(*, clock: Callable[[], datetime]) -> bool:
    """Take up the confirmed file that has waited longest, invite whom it names, and say whether there was one."""
    claimed = claim(MemberUpload.objects.select_related("market", "confirmed_by"), now=clock())
    for upload in claimed:
        with noted_failure(upload, clock=clock), suppress(LostClaim):
            while _send_batch(upload, now=clock()):
                pass
            finish(upload, state=MemberUpload.State.DONE, finished_at=clock())
    return bool(claimed)


def _send_batch(upload: MemberUpload, *, now: datetime) -> bool:
    """Invite whom the next lines name, and note what became of each, in one transaction; whether there were any."""
    with transaction.atomic():
        held = lock_claimed(upload)
        lines = list(held.lines.to_send()[:BATCH_LINES])
        drafts = [MemberDraft(line.seller, line.email, line.role) for line in lines]
        sent = put_members(market=upload.market, drafts=drafts, now=now, invited_by=upload.confirmed_by)
        for line, outcome in zip(lines, sent, strict=True):
            _note(line, outcome)
            line.sent_at = now
        MemberUploadLine.objects.bulk_update(lines, ["outcome", "field", "reason", "sent_at"])
        held.due_at, held.attempts = now + held.lease, 1
        held.save(update_fields=["due_at", "attempts"])
    return bool(lines)

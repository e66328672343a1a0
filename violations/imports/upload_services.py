"""Files of violations that staff upload: each is kept and checked, and imported once somebody has confirmed."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor, record, record_alone
from audit.snapshots import snapshot
from kit.documents.stored_files import plain_file_name
from kit.outcomes import Refused
from sellers.models import Market
from sellers.services import refuse_beyond_scope

from .. import trail_notes
from ..attachments import keep_file, refused_without_room
from ..models import Upload
from ..wording import files as wording
from .row_batches import EXTENSIONS
from .upload_progress import finish, start_over


@transaction.atomic
def receive_upload(*, market: Market, file: File[Any], uploaded_by: User, now: datetime) -> Upload:
    """Keep a file to be checked.

    Raises ``Refused`` (field ``file``) if it is empty, too large, of no known kind or finds no room.
    """
    refuse_beyond_scope(person=uploaded_by, market_id=market.pk)
    name, kind = _name_and_kind(file)
    stored_name, sha256 = _keep(file)
    upload = Upload.objects.create(
        market=market,
        name=name,
        kind=kind,
        size=file.size,
        sha256=sha256,
        stored_name=stored_name,
        uploaded_at=now,
        uploaded_by=uploaded_by,
        lane=market.pk,
        due_at=now,
    )
    note = trail_notes.uploaded(sha256=sha256)
    record(by=uploaded_by, action="add", about=upload, note=note, before={}, now=now)
    return upload


def _name_and_kind(file: File[Any]) -> tuple[str, str]:
    """What a file that can be taken is called, and its kind by that name. Raises ``Refused`` for any other."""
    name = plain_file_name(file.name)[-100:]
    kind = EXTENSIONS.get(PurePath(name).suffix.lower())
    if kind is None:
        raise Refused(wording.of_no_known_kind(EXTENSIONS), field="file")
    if not file.size:
        raise Refused(_("The file is empty."), field="file")
    if file.size > settings.UPLOAD_MAX_BYTES:
        raise Refused(wording.too_large_to_upload(settings.UPLOAD_MAX_BYTES), field="file")
    return name, kind


def _keep(file: File[Any]) -> tuple[str, str]:
    """Keep a file under a random name; that name and the file's hash. Raises ``Refused`` if it finds no room."""
    with refused_without_room(field="file"):
        file.seek(0)
        sha256 = hash_of(cast(BinaryIO, file))
        file.seek(0)
        return keep_file(f"uploads/{secrets.token_hex(24)}", file), sha256


def hash_of(stream: BinaryIO) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # reads in pieces


@transaction.atomic
def confirm_upload(*, upload: Upload, confirmed_by: User, now: datetime, alone_reason: str = "") -> Upload:
    """Let a checked file be imported. Raises ``Refused`` if it is not waiting for that, or would create nothing.

    A market can limit how many violations one person imports in 24 hours. Above that, who uploaded the file needs an
    ``alone_reason``; without one ``OwnProposal`` is raised.
    """
    refuse_beyond_scope(person=confirmed_by, market_id=upload.market_id)
    User.objects.select_for_update(no_key=True).get(pk=upload.uploaded_by_id)  # Several of one person take turns.
    upload = Upload.objects.select_for_update(of=("self",)).select_related("market").get(pk=upload.pk)
    if upload.state != Upload.State.CHECKED:
        raise Refused(_("It is not waiting to be imported."))
    if not upload.preview["created"]:
        raise Refused(_("It would create nothing."))
    before = snapshot(upload)
    upload.needs_second_person = upload.share(as_of=now).needs_second_person
    if upload.needs_second_person:
        upload.approve_as(confirmed_by, alone_reason=alone_reason)
    upload.state, upload.confirmed_by, upload.confirmed_at = Upload.State.IMPORTING, confirmed_by, now
    upload.attempts, upload.given_up_at = 0, None
    start_over(upload)
    upload.due_at = now
    upload.save()
    note = trail_notes.upload_confirmed(count=upload.preview["created"], sha256=upload.sha256)
    record(by=confirmed_by, action="confirm", about=upload, note=note, before=before, now=now)
    record_alone(by=confirmed_by, about=upload, now=now)
    return upload


@transaction.atomic
def discard_upload(*, upload: Upload, now: datetime, discarded_by: Actor = None) -> Upload:
    """Drop a file that was not confirmed. Raises ``Refused`` if it was."""
    refuse_beyond_scope(person=discarded_by, market_id=upload.market_id)
    upload = Upload.objects.select_for_update().get(pk=upload.pk)
    if upload.state not in {Upload.State.CHECKED, Upload.State.CHECKING}:
        raise Refused(_("Only a file that was not confirmed can be discarded."))
    before = snapshot(upload)
    finish(upload, Upload.State.DISCARDED, now=now)
    record(by=discarded_by, action="discard", about=upload, note=trail_notes.upload_discarded(), before=before, now=now)
    return upload

"""Files that hosts hand out after a workshop."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import Actor, record
from kit.documents.stored_files import SNIFFED_BYTES, content_type_of, plain_file_name, store_file
from kit.jobs.orphans import sweep
from kit.outcomes import Refused
from sellers.services import check_clock

from ..models import MaterialFile, Workshop
from ..models.material import MAX_BYTES, MAX_FILES
from .locking import lock_workshop

FOLDER = "material/"


@transaction.atomic
def add_material(*, workshop: Workshop, file: File[Any], now: datetime, added_by: Actor) -> MaterialFile:
    """Add a file to a workshop's material, which is shown once it has ended.

    Raises ``Refused`` for one that is empty, too large, or no PDF or picture, whatever its name says. Also for too
    many.
    """
    workshop = lock_workshop(workshop_id=workshop.pk)
    if workshop.material_files.count() >= MAX_FILES:
        raise Refused(_("There are %(most)s files already. Take one away first.") % {"most": MAX_FILES}, field="file")
    kind = _kind_of(file)
    try:
        stored_name = store_file(f"{FOLDER}{secrets.token_hex(24)}", file)
    except OSError as error:
        raise Refused(_("The file could not be kept: there is no room for it at the moment."), field="file") from error
    added = MaterialFile.objects.create(
        workshop=workshop, name=plain_file_name(file.name), content_type=kind, size=file.size,
        stored_name=stored_name, added_at=now,
    )  # fmt: skip
    record(by=added_by, action="add_material", about=workshop, note=added.name, now=now)
    return added


def _kind_of(file: File[Any]) -> str:
    name = {"name": plain_file_name(file.name)}
    if not file.size:
        raise Refused(_("“%(name)s” is empty.") % name, field="file")
    if file.size > MAX_BYTES:
        said = _("“%(name)s” is larger than %(megabytes)s MB. Put it elsewhere, and add a link to the text.")
        raise Refused(said % (name | {"megabytes": MAX_BYTES // 1_000_000}), field="file")
    file.seek(0)
    kind = content_type_of(file.read(SNIFFED_BYTES))
    file.seek(0)
    if not kind:
        said = _("“%(name)s” is no PDF and no picture (PNG, JPEG, WebP). Save it as a PDF, or add a link to the text.")
        raise Refused(said % name, field="file")
    return kind


@transaction.atomic
def remove_material(*, file: MaterialFile, now: datetime, removed_by: Actor) -> Workshop:
    """Take a file out of a workshop's material. The file itself goes with the next sweep."""
    workshop = lock_workshop(workshop_id=file.workshop_id)
    record(by=removed_by, action="remove_material", about=workshop, note=file.name, now=now)
    MaterialFile.objects.filter(pk=file.pk).delete()
    return workshop


def sweep_material(*, now: datetime) -> int:
    """Remove the files that no material names, and return how many there were."""
    check_clock(now=now)
    return sweep(FOLDER, MaterialFile.objects.all(), now=now)

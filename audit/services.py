"""Writing the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Model

from kit.scopes import scope_id_of
from kit.second_person import TwoPeople

from .models import AuditEntry, LoneDecision, LoneDecisionReading
from .notes import Note, as_note
from .snapshots import Change, Values, changes_between, kept_name, snapshot

Actor = AbstractBaseUser | str | None
"""Who causes what a service does: a person, or words for who else it was (an operator's account on the server).

Nobody (``None``) is beat, a worker or a system of the marketplace's: what they do is in the records, not in the trail.
"""


def record(
    *,
    by: Actor,
    action: str,
    now: datetime,
    about: Model | None = None,
    note: Note | str = "",
    before: Values | None = None,
    changes: Sequence[Change] = (),
) -> AuditEntry | None:
    """Write a line of the audit trail, in the transaction of what it tells of; nothing if nobody caused it.

    ``action`` is a word such as ``void``; ``note`` says what was done and why, or is what somebody typed. ``before``
    is ``snapshot(about)`` of before it was done: what differs by now is the changes. ``changes`` are given where that
    does not say it.
    """
    if by is None:
        return None
    if before is not None and about is not None:
        changes = [*changes_between(type(about), before, snapshot(about)), *changes]
    entry = _entry(by=by, action=action, now=now, about=about, note=note, changes=changes)
    entry.save(force_insert=True)
    return entry


def record_alone(*, by: AbstractBaseUser, about: TwoPeople, now: datetime) -> None:
    """Tell the others who may approve such a record why somebody went alone; nothing if nobody did."""
    if not about.alone_reason:
        return
    entry = _entry(by=by, action="go_alone", now=now, about=about, note=about.alone_reason)
    entry.save(force_insert=True)
    LoneDecision.objects.create(entry=entry, permission=about.approved_with)


@transaction.atomic
def read_lone_decision(*, decision: LoneDecision, read_by: AbstractBaseUser, now: datetime) -> LoneDecision:
    """Note that somebody read why another went alone: it is not shown to them any more."""
    LoneDecisionReading.objects.get_or_create(decision=decision, person_id=read_by.pk, defaults={"read_at": now})
    return decision


def _entry(
    *,
    by: AbstractBaseUser | str,
    action: str,
    now: datetime,
    about: Model | None,
    note: Note | str,
    changes: Sequence[Change] = (),
) -> AuditEntry:
    noted = as_note(note)
    return AuditEntry(
        at=now,
        person_id=by.pk if isinstance(by, AbstractBaseUser) else None,
        actor=(by.get_username() if isinstance(by, AbstractBaseUser) else by)[:254],
        action=action[:60],
        kind=about._meta.label_lower if about is not None else "",
        object_id=str(about.pk)[:64] if about is not None and about.pk is not None else "",
        object_name=kept_name(about)[:200] if about is not None else "",
        scope_id=scope_id_of(about) if about is not None else None,
        note_kind=noted.kind,
        note_facts=noted.facts,
        changes=list(changes),
    )


@transaction.atomic
def erase_names(*, person: AbstractBaseUser, names: Sequence[str]) -> None:
    """Call somebody who is erased a former member wherever the trail names them; the database does it.

    ``names`` are the person's as long as they have them: their address, their name with it, or another address.
    """
    longest_first = sorted({name for name in names if name}, key=len, reverse=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT unname_in_trail(%s, %s, %s)", [person.pk, person._meta.label_lower, longest_first])

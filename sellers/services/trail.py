"""Writing the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Model

from ..models import AuditEntry, User
from ..trail import Change

BATCH = 1_000


def note_action(
    *,
    by: User | str,
    action: str,
    now: datetime,
    about: Model | None = None,
    note: str = "",
    changes: Sequence[Change] = (),
) -> AuditEntry:
    """Write a line of the audit trail, in the transaction of what it tells of.

    ``by`` is the person, or words for who else it was (an operator's account on the server). ``action`` is a word such
    as ``void``; ``note`` says what was done and why. ``changes`` come from ``sellers.trail.changes_between``.
    """
    entry = _entry(by=by, action=action, now=now, about=about, note=note, changes=changes)
    entry.save(force_insert=True)
    return entry


def note_actions(*, by: User | str, action: str, now: datetime, about: Iterable[Model], note: str) -> None:
    """The same for many records at once: one statement for a thousand of them. Load what their names are made of."""
    entries = (_entry(by=by, action=action, now=now, about=record, note=note) for record in about)
    AuditEntry.objects.bulk_create(entries, batch_size=BATCH)


def _entry(
    *, by: User | str, action: str, now: datetime, about: Model | None, note: str, changes: Sequence[Change] = ()
) -> AuditEntry:
    return AuditEntry(
        at=now,
        person=by if isinstance(by, User) else None,
        actor=(by.email if isinstance(by, User) else by)[:254],
        action=action[:60],
        kind=about._meta.label_lower if about is not None else "",
        object_id=str(about.pk)[:64] if about is not None and about.pk is not None else "",
        object_name=str(about)[:200] if about is not None else "",
        note=note,
        changes=list(changes),
    )

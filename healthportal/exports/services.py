"""Exports are asked for, taken up, moved on, finished and deleted. A file is written before the row that names it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from sellers.models import Seller
from sellers.services import check_clock, keep_books_open, lock_seller

from .models import Export, ExportQuerySet

LEASE = timedelta(minutes=5)
"""How long a worker may take from one step to the next before another one takes the export up."""

ATTEMPTS = 5
"""How often an export is taken up before it is given up."""

KEPT = timedelta(days=7)
"""How long a file can be downloaded."""


class LostExport(Exception):
    """Another worker has taken the export up meanwhile."""


def private_storage() -> Storage:
    return storages["attachments"]


@transaction.atomic
def ask_for_export(*, seller: Seller, asked_by: User, now: datetime) -> Export:
    """Have everything about a seller put into a file; while that is being done, asking again changes nothing."""
    lock_seller(seller_id=seller.pk)
    in_hand = Export.objects.in_hand().filter(seller=seller).first()
    return in_hand or Export.objects.create(seller=seller, asked_by=asked_by, asked_at=now, due_at=now)


@transaction.atomic
def take_up(*, now: datetime) -> Export | None:
    """The export that has waited longest, for the caller alone until its lease is over; ``None`` if none waits."""
    due = Export.objects.in_hand().filter(due_at__lte=now).order_by("due_at", "id")
    locked = due.select_for_update(skip_locked=True, of=("self",))
    export = locked.select_related("seller__market", "asked_by").first()
    if export is None:
        return None
    if export.attempts >= ATTEMPTS:
        export.state, export.finished_at = Export.State.FAILED, now
        export.save(update_fields=["state", "finished_at"])
        return take_up(now=now)
    export.due_at, export.rows_done = now + LEASE, 0
    export.attempts += 1
    export.save(update_fields=["due_at", "rows_done", "attempts"])
    return export


@transaction.atomic
def note_progress(*, export: Export, rows: int, rows_done: int, now: datetime) -> None:
    """Say how far an export is, which renews the lease. Raises ``LostExport`` if another worker has it."""
    due_at = now + LEASE
    if not _as_left(export).update(rows=rows, rows_done=rows_done, due_at=due_at):
        raise LostExport
    export.rows, export.rows_done, export.due_at = rows, rows_done, due_at


@transaction.atomic
def finish_export(*, export: Export, stored_name: str, size: int, now: datetime) -> None:
    """The file is there: every member is told, and an earlier file of the seller is deleted.

    Raises ``LostExport`` if another worker has the export.
    """
    keep_books_open(market_ids=[export.seller.market_id])
    lock_seller(seller_id=export.seller_id)
    found = _as_left(export).select_for_update(no_key=True).first()
    if found is None:
        raise LostExport
    _delete_files(Q(seller=export.seller_id))
    found.state, found.stored_name, found.size = Export.State.READY, stored_name, size
    found.finished_at, found.expires_at, found.rows = now, now + KEPT, found.rows_done
    found.save()
    post_messages(market=export.seller.market, drafts=[_told(found, export.seller, until=now + KEPT)], now=now)


def _as_left(export: Export) -> ExportQuerySet:
    return Export.objects.in_hand().filter(pk=export.pk, due_at=export.due_at)


def _told(export: Export, seller: Seller, *, until: datetime) -> MessageDraft:
    facts = {"zone": seller.market.time_zone, "expires_at": until.isoformat(), "records": export.rows}
    return MessageDraft(
        seller_id=seller.pk,
        kind=Message.Kind.NOTICE,
        template=Message.Template.EXPORT_READY,
        about_kind="export",
        about_id=export.pk,
        data=facts,
    )


def delete_expired(*, now: datetime) -> int:
    """Delete the files whose time is over, and return how many there were."""
    check_clock(now=now)
    with transaction.atomic():
        return _delete_files(Q(expires_at__lte=now))


def _delete_files(which: Q) -> int:
    """Forget the files of ready exports; they go once that is certain."""
    exports = list(Export.objects.filter(which, state=Export.State.READY).select_for_update(no_key=True).order_by("pk"))
    Export.objects.filter(pk__in=[one.pk for one in exports]).update(state=Export.State.EXPIRED, stored_name="")
    for export in exports:
        transaction.on_commit(partial(private_storage().delete, export.stored_name))
    return len(exports)

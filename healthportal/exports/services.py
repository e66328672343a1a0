"""Exports are asked for, taken up, moved on, finished and deleted. A file is written before the row that names it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.documents.stored_files import private_storage
from kit.jobs.claims import claim, finish, lock_claimed, renew
from sellers.models import Seller
from sellers.rules import Right
from sellers.services import check_clock, keep_books_open, lock_seller, refuse_without_right

from .models import Export

DOWNLOAD_KEPT_FOR = timedelta(days=7)
"""How long a file can be downloaded."""


@transaction.atomic
def ask_for_export(*, seller: Seller, asked_by: User, now: datetime) -> Export:
    """Have everything about a seller put into a file; while that is being done, asking again changes nothing.

    Raises ``NotYours`` for a viewer: a file is easier to carry away than pages.
    """
    locked = lock_seller(seller_id=seller.pk)
    refuse_without_right(person=asked_by, seller=locked, right=Right.DOWNLOAD)
    in_hand = Export.objects.in_hand().filter(seller=seller).first()
    return in_hand or Export.objects.create(
        seller=seller, lane=seller.market_id, asked_by=asked_by, asked_at=now, due_at=now
    )


def take_up(*, now: datetime) -> Export | None:
    """An export that waits, for the caller alone until its lease is over; ``None`` if none does."""
    claimed = claim(Export.objects.select_related("seller__market", "asked_by"), now=now)
    return claimed[0] if claimed else None


def note_progress(*, export: Export, rows: int, rows_done: int, now: datetime) -> None:
    """Say how far an export is, which renews the lease. Raises ``LostClaim`` if another worker has it."""
    renew(export, now=now, rows=rows, rows_done=rows_done)
    export.rows, export.rows_done = rows, rows_done


@transaction.atomic
def finish_export(*, export: Export, stored_name: str, size: int, now: datetime) -> None:
    """The file is there: every member is told, and an earlier file of the seller is deleted.

    Raises ``LostClaim`` if another worker has the export.
    """
    keep_books_open(market_ids=[export.seller.market_id])
    lock_seller(seller_id=export.seller_id)
    found = lock_claimed(export)
    _delete_files(Q(seller=export.seller_id))
    finish(
        found,
        state=Export.State.READY,
        stored_name=stored_name,
        size=size,
        finished_at=now,
        expires_at=now + DOWNLOAD_KEPT_FOR,
        rows=found.rows_done,
    )
    post_messages(
        market=export.seller.market,
        drafts=[_ready_message(found, export.seller, until=now + DOWNLOAD_KEPT_FOR)],
        now=now,
    )


def _ready_message(export: Export, seller: Seller, *, until: datetime) -> MessageDraft:
    facts = {"zone": seller.market.time_zone, "expires_at": until.isoformat(), "records": export.rows_done}
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

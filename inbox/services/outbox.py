"""The outbox: emails and digests are claimed at a pace, and what nobody wants any more is dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.selectors import unreachable_among
from audit.services import Actor, record
from audit.snapshots import snapshot
from kit.jobs.claims import claim, finish_all, release, retry_job
from kit.outcomes import Refused
from sellers.models import Member

from .. import trail_notes, wording
from ..models import Digest, EmailDelivery, Unsubscription
from ..outgoing import Outgoing
from ..selectors import digest_messages
from .pace import Paces, room_left

NO_SERVER = timedelta(minutes=1)
"""How long to wait when the mail server cannot be reached; that counts against no email."""

CAME_BACK = "Emails to this address came back, or were reported as unwanted."

Row = TypeVar("Row", bound=Outgoing)
Wanted = Callable[[Collection[int]], Iterable[int]]
"""Those of some rows, by their ids, that somebody still wants."""


def claim_deliveries(*, limit: int, now: datetime) -> list[EmailDelivery] | None:
    """Take up to ``limit`` emails that are due, and no more than the paces allow in this minute.

    ``None`` if none is due, or none may leave; nothing of what nobody wants any more or leaves at a later minute.
    """
    deliveries = EmailDelivery.objects.select_related("user", "message__seller__market__brand")
    return _claim(deliveries, wanted_deliveries, limit=limit, now=now)


def claim_digests(*, limit: int, now: datetime) -> list[Digest] | None:
    """The same of digests."""
    return _claim(Digest.objects.select_related("user"), wanted_digests, limit=limit, now=now)


@transaction.atomic
def _claim(rows: QuerySet[Row], wanted: Wanted, *, limit: int, now: datetime) -> list[Row] | None:
    paces = Paces(now=now)
    allowed = min(limit, paces.room)
    claimed = claim(rows, now=now, limit=allowed) if allowed else []
    if not claimed:
        return None
    left = _drop_unwanted(claimed, wanted)
    leaving = _admit(left, paces, now=now)
    paces.save()
    return leaving


def _drop_unwanted(claimed: Sequence[Row], wanted: Wanted) -> list[Row]:
    ids = set(wanted([row.pk for row in claimed]))
    came_back = unreachable_among({row.address for row in claimed})
    unreached = [row for row in claimed if row.pk in ids and row.address in came_back]
    finish_all([row for row in claimed if row.pk not in ids], state=Outgoing.State.DROPPED)
    finish_all(unreached, state=Outgoing.State.DROPPED, last_error=CAME_BACK)
    return [row for row in claimed if row.pk in ids and row.address not in came_back]


def _admit(claimed: Sequence[Row], paces: Paces, *, now: datetime) -> list[Row]:
    """Those that may leave now; the others are put off until the minute that has room for them."""
    put_off: dict[datetime, list[Row]] = defaultdict(list)
    leaving = []
    for row in claimed:
        if (moment := paces.admit(of=row.paces)) is None:
            leaving.append(row)
        else:
            put_off[moment].append(row)
    for moment, some in put_off.items():
        release(some, now=now, wait=moment - now)
    return leaving


def claimable(*, limit: int, now: datetime, of: type[Outgoing] = EmailDelivery) -> int:
    """How many emails of an outbox a worker could claim now; ``limit`` if there are more."""
    due = of._default_manager.filter(due_at__lte=now)
    return due[: min(limit, room_left(now=now))].count()


def wanted_deliveries(ids: Collection[int]) -> Iterable[int]:
    """Those whose person still acts for the seller, can sign in and has not unsubscribed from their kind of message."""
    unsubscribed = Unsubscription.objects.filter(member=OuterRef("pk"), kind=OuterRef(OuterRef("message__kind")))
    members = Member.objects.filter(seller=OuterRef("message__seller"), user=OuterRef("user"), user__is_active=True)
    wanted = EmailDelivery.objects.filter(Exists(members.exclude(Exists(unsubscribed))), pk__in=ids)
    return wanted.values_list("pk", flat=True)


def wanted_digests(ids: Collection[int]) -> Iterable[int]:
    """Those whose person can sign in, and that have something to tell."""
    told = digest_messages(starts_at=OuterRef("starts_at"), ends_at=OuterRef("ends_at"))
    told = told.filter(reader=OuterRef("user"))  # type: ignore[misc]  # annotated
    return Digest.objects.filter(Exists(told), user__is_active=True, pk__in=ids).values_list("pk", flat=True)


@transaction.atomic
def record_sent(*, deliveries: Sequence[Outgoing], now: datetime) -> None:
    """Note that the mail server took these emails, without waiting for the disk.

    A worker that dies loses no note; a database that crashes loses those of its last moment, and sends them again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    finish_all(deliveries, state=Outgoing.State.SENT, sent_at=now)


@transaction.atomic
def retry_delivery(*, delivery: EmailDelivery, now: datetime, retried_by: Actor = None) -> None:
    """Put an email that was given up back into the outbox. Raises ``Refused`` for any other."""
    before = snapshot(delivery)
    if not retry_job(delivery, now=now):
        raise Refused(wording.not_given_up())
    record(by=retried_by, action="retry", about=delivery, note=trail_notes.sent_again(), before=before, now=now)

"""The outbox: emails are claimed at a pace, sent and marked, or given up. Claimed by one worker at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from audit.services import Actor, record
from audit.snapshots import snapshot
from kit.outcomes import Refused
from sellers.models import Member

from .. import wording
from ..models import Digest, EmailDelivery, EmailPace, Unsubscription

CLAIM_LEASE = timedelta(minutes=10)
"""How long a worker has for what it claimed; then the row is taken up again."""

RETRIES = (1, 5, 15, 60, 240, 720)
"""Minutes to wait after the first failure, the second, … After the last one the delivery is given up."""

NO_SERVER = timedelta(minutes=1)
"""How long to wait when the mail server cannot be reached; that counts against no email."""


Outgoing = EmailDelivery | Digest
"""Rows of which each becomes an email: claimed, sent and given up alike."""


@transaction.atomic
def claim_deliveries(*, limit: int, now: datetime) -> list[EmailDelivery]:
    """Take up to ``limit`` emails that are due, and no more than the pace allows in this minute.

    Nobody else gets them until the claim grows old. One whose last claim grew old may have ended its worker, and is
    taken alone. What nobody wants any more is dropped instead, and what no worker survived is given up.
    """
    pace = lock_pace(now)
    allowed = min(limit, settings.EMAILS_PER_MINUTE - pace.claimed)
    if allowed <= 0:
        return []
    ids = next_batch(due_deliveries(now=now).select_for_update(skip_locked=True, of=("self",))[:allowed])
    due = EmailDelivery.objects.filter(pk__in=ids)
    due.exclude(_wanted()).update(state=EmailDelivery.State.DROPPED, claimed_at=None)
    lost = due.filter(state=EmailDelivery.State.PENDING, attempts__gt=len(RETRIES))
    lost.update(state=EmailDelivery.State.DEAD, claimed_at=None, last_error="Each worker that took it was lost.")
    pending = due.filter(state=EmailDelivery.State.PENDING)
    pending.update(due_at=now + CLAIM_LEASE, claimed_at=now, attempts=F("attempts") + 1)
    deliveries = list(pending.select_related("user", "message__seller__market").order_by("bulk", "id"))
    pace.claimed += len(deliveries)
    pace.save(update_fields=["minute", "claimed"])
    return deliveries


def due_deliveries(*, now: datetime) -> QuerySet[EmailDelivery]:
    """The emails to be sent now, in the order in which they leave."""
    due = EmailDelivery.objects.filter(state=EmailDelivery.State.PENDING, due_at__lte=now)
    return due.order_by("bulk", "due_at", "id")


def next_batch(due: QuerySet[Any]) -> list[int]:
    """The ids of the first ones up to one that was claimed before, which is a batch of its own."""
    rows = list(due.values_list("pk", "claimed_at"))
    untried = [pk for pk, _ in takewhile(lambda row: row[1] is None, rows)]
    return untried or [pk for pk, _ in rows[:1]]


def claimable(*, limit: int, now: datetime) -> int:
    """How many emails a worker could claim now; ``limit`` if there are more."""
    pace = EmailPace.objects.filter(minute__gte=now.replace(second=0, microsecond=0)).first()
    left = settings.EMAILS_PER_MINUTE - (pace.claimed if pace else 0)
    return due_deliveries(now=now)[: max(0, min(limit, left))].count()


def lock_pace(now: datetime) -> EmailPace:
    """The pace of this minute, locked. A clock that is behind counts in the minute that is ahead."""
    minute = now.replace(second=0, microsecond=0)
    EmailPace.objects.bulk_create([EmailPace(pk=1, minute=minute)], ignore_conflicts=True)
    pace = EmailPace.objects.select_for_update().get(pk=1)
    if pace.minute < minute:
        pace.minute, pace.claimed = minute, 0
    return pace


def _wanted() -> Exists:
    """Whether the person still acts for the seller, can sign in and has not unsubscribed from this kind of message."""
    unsubscribed = Unsubscription.objects.filter(member=OuterRef("pk"), kind=OuterRef(OuterRef("message__kind")))
    members = Member.objects.filter(seller=OuterRef("message__seller"), user=OuterRef("user"), user__is_active=True)
    return Exists(members.exclude(Exists(unsubscribed)))


@transaction.atomic
def release_claims(*, deliveries: Collection[Outgoing], now: datetime) -> None:
    """Give back claimed emails that were not tried, for no fault of theirs."""
    for delivery in deliveries:
        _pending(delivery).update(due_at=now + NO_SERVER, claimed_at=None, attempts=F("attempts") - 1)


def _pending(delivery: Outgoing) -> QuerySet[Any]:
    return type(delivery)._default_manager.filter(pk=delivery.pk, state=EmailDelivery.State.PENDING)


@transaction.atomic
def record_sent(*, delivery: Outgoing, now: datetime) -> None:
    """Note that the mail server took the email."""
    _pending(delivery).update(state=EmailDelivery.State.SENT, sent_at=now, claimed_at=None, last_error="")


@transaction.atomic
def record_failure(*, delivery: Outgoing, error: str, now: datetime, for_good: bool = False) -> None:
    """Note why an email could not be sent, and when to try again; after the last try, or ``for_good``, it is given up.

    What was given up waits for staff, who see it in the admin and can have it tried again.
    """
    pending = _pending(delivery)
    if for_good or delivery.attempts > len(RETRIES):
        pending.update(state=EmailDelivery.State.DEAD, claimed_at=None, last_error=error)
    else:
        wait = timedelta(minutes=RETRIES[delivery.attempts - 1])
        pending.update(due_at=now + wait, claimed_at=None, last_error=error)


@transaction.atomic
def retry_delivery(*, delivery: EmailDelivery, now: datetime, retried_by: Actor = None) -> None:
    """Put an email that was given up back into the outbox. Raises ``Refused`` for any other."""
    dead = EmailDelivery.objects.select_for_update(no_key=True).filter(pk=delivery.pk, state=EmailDelivery.State.DEAD)
    before = snapshot(dead.first())
    if not before:
        raise Refused(wording.not_given_up())
    dead.update(state=EmailDelivery.State.PENDING, attempts=0, due_at=now)
    record(by=retried_by, action="retry", about=delivery, note=_("To be sent again."), before=before, now=now)

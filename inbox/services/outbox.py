"""The outbox: emails are claimed, sent and marked, or given up."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from sellers.services import Refused

from ..models import EmailDelivery

CLAIM = timedelta(minutes=10)
"""How long a worker has for what it claimed; then the row is taken up again."""

RETRIES = (1, 5, 15, 60, 240, 720)
"""Minutes to wait after the first failure, the second, … After the last one the delivery is given up."""


@transaction.atomic
def claim_deliveries(*, limit: int, now: datetime) -> list[EmailDelivery]:
    """Take up to ``limit`` emails that are due. Nobody else gets them until the claim grows old."""
    due = EmailDelivery.objects.filter(state=EmailDelivery.State.PENDING, due_at__lte=now).order_by("due_at", "id")
    ids = list(due.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:limit])
    EmailDelivery.objects.filter(pk__in=ids).update(due_at=now + CLAIM, attempts=F("attempts") + 1)
    claimed = EmailDelivery.objects.filter(pk__in=ids).select_related("user", "message__seller__market")
    return list(claimed.order_by("id"))


@transaction.atomic
def note_sent(*, delivery: EmailDelivery, now: datetime) -> None:
    """Note that the mail server took the email."""
    EmailDelivery.objects.filter(pk=delivery.pk, state=EmailDelivery.State.PENDING).update(
        state=EmailDelivery.State.SENT, sent_at=now, last_error=""
    )


@transaction.atomic
def note_failed(*, delivery: EmailDelivery, error: str, now: datetime) -> None:
    """Note why an email could not be sent, and when to try again; after the last try it is given up."""
    pending = EmailDelivery.objects.filter(pk=delivery.pk, state=EmailDelivery.State.PENDING)
    if delivery.attempts > len(RETRIES):
        pending.update(state=EmailDelivery.State.DEAD, last_error=error)
    else:
        wait = timedelta(minutes=RETRIES[delivery.attempts - 1])
        pending.update(due_at=now + wait, last_error=error)


@transaction.atomic
def retry_delivery(*, delivery: EmailDelivery, now: datetime) -> None:
    """Put an email that was given up back into the outbox. Raises ``Refused`` for any other."""
    dead = EmailDelivery.objects.filter(pk=delivery.pk, state=EmailDelivery.State.DEAD)
    if not dead.update(state=EmailDelivery.State.PENDING, attempts=0, due_at=now):
        raise Refused("Only an email that was given up can be tried again.")

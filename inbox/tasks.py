"""Background work of the inbox."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from .delivery import BATCH, deliver_pending
from .digests import deliver_digests
from .models import Digest
from .services import claimable, queue_digests

RUN = timedelta(seconds=20)
"""How long a task goes on beginning batches; then it makes room for other work."""


@shared_task
def deliver_emails() -> None:
    """Send the emails that are due. Running twice, or at once, sends nothing twice.

    While more are due than one batch, another worker is called to help. So in the end all of them send. With none free
    the call waits for who has made room, until all must have had their turn; then it is forgotten.
    """
    now = timezone.now()
    if claimable(limit=BATCH + 1, now=now) > BATCH:
        deliver_emails.apply_async(expires=2 * RUN.total_seconds())
    deliver_pending(clock=timezone.now, until=now + RUN)


@shared_task
def send_digests() -> None:
    """Put the digests of the week that ended last into the outbox, and send those that are due; others help."""
    now = timezone.now()
    queue_digests(now=now)
    if claimable(limit=BATCH + 1, now=now, of=Digest) > BATCH:
        send_digests.apply_async(expires=2 * RUN.total_seconds())
    deliver_digests(clock=timezone.now, until=now + RUN)

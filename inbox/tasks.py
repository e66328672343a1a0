"""Background work of the inbox."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from .delivery import BATCH, deliver_pending
from .services import claimable

RUN = timedelta(seconds=20)
"""How long a task goes on beginning batches; then it makes room for other work."""


@shared_task
def deliver_emails() -> None:
    """Send the emails that are due. Running twice, or at once, sends nothing twice.

    While more are due than one batch, another worker is called to help, so that in the end all of them send. With none
    free the call waits for who has made room, until all must have had their turn; then it is forgotten.
    """
    now = timezone.now()
    if claimable(limit=BATCH + 1, now=now) > BATCH:
        deliver_emails.apply_async(expires=2 * RUN.total_seconds())
    deliver_pending(clock=timezone.now, until=now + RUN)

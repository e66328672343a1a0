"""Background work of the inbox."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from .delivery import deliver_pending

RUN = timedelta(minutes=1)
"""How long a task goes on beginning batches; then it makes room for other work, and the next one comes soon."""


@shared_task
def deliver_emails() -> None:
    """Send the emails that are due. Running twice, or at once, sends nothing twice."""
    deliver_pending(clock=timezone.now, until=timezone.now() + RUN)

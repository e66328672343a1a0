"""Background work of the inbox."""

from celery import shared_task
from django.utils import timezone

from .delivery import deliver_pending


@shared_task
def deliver_emails() -> None:
    """Send the emails that are due. Running twice, or at once, sends nothing twice."""
    deliver_pending(clock=timezone.now)

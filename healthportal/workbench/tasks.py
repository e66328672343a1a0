"""Background work for staff. It may run twice, or die half-way."""

from celery import shared_task
from django.utils import timezone

from .services import tell_staff


@shared_task
def send_staff_emails() -> None:
    """Tell staff by email what waits for them, as they chose."""
    tell_staff(now=timezone.now())

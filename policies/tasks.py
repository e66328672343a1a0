"""Background work about policies. Each task may run twice, or die half-way."""

from celery import shared_task
from django.utils import timezone

from . import services


@shared_task
def announce_policies() -> None:
    """Tell sellers of new policy versions, until everybody is told."""
    services.announce_changes(clock=timezone.now)

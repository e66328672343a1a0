"""Background work about sellers. Each task may run twice, or die half-way."""

from celery import shared_task
from django.utils import timezone

from . import services


@shared_task
def end_viewings() -> None:
    """Note the end of viewings whose time is over."""
    services.end_viewings_over(now=timezone.now())


@shared_task
def send_member_uploads() -> None:
    """Invite whom the confirmed file names that has waited longest, and see to the next one afterwards."""
    if services.send_next_upload(clock=timezone.now):
        send_member_uploads.delay()

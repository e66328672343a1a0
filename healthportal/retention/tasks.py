"""Background work of what is kept. It may run twice, or die half-way."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from .services import prepare_retentions, prune

RUN = timedelta(seconds=20)


@shared_task
def prune_old_rows() -> None:
    """Remove what is kept no longer, for a few seconds; the next call goes on."""
    now = timezone.now()
    prepare_retentions(now=now)
    prune(clock=timezone.now, until=now + RUN)

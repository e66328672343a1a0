"""Background work of events. Each task may run twice, or die half-way."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from . import services
from .selectors import deliveries_due
from .services.delivering import BATCH

RUN = timedelta(seconds=20)
"""How long a task goes on beginning batches; then it makes room for other work."""


@shared_task
def send_webhooks() -> None:
    """Give events their places in the feed, and send what is due to endpoints.

    While more is due than one batch, another worker is called to help, as with emails. So in the end all of them send.
    """
    now = timezone.now()
    if deliveries_due(limit=BATCH + 1, now=now) > BATCH:
        send_webhooks.apply_async(expires=2 * RUN.total_seconds())
    services.send_webhooks(clock=timezone.now, until=now + RUN)


@shared_task
def prune_events() -> None:
    """Forget what is older than 30 days, and put secrets under the present key."""
    services.prune_events(now=timezone.now())
    services.reencrypt_secrets()

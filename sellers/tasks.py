"""Background work of the sellers app."""

from celery import shared_task
from django.core.management import call_command


@shared_task
def forget_old_sessions() -> None:
    """Remove the sessions that ended: nothing else does."""
    call_command("clearsessions")

"""Background work of the accounts app. Each task may run twice, or die half-way."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from kit.database.clocks import check_clock

from .delivery import deliver_account_emails as deliver_due_account_emails
from .services import forget_ended_sessions


@shared_task
def forget_old_sessions() -> None:
    """Remove the sessions that ended: nothing else does."""
    check_clock(now=timezone.now())
    call_command("clearsessions")
    forget_ended_sessions()


@shared_task
def deliver_account_emails() -> None:
    """Send the emails about people's own accounts that are due. It comes by a queue of its own, every few seconds."""
    deliver_due_account_emails(clock=timezone.now)

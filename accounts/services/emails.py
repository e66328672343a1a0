"""The outbox of emails about people's own accounts: a link to choose a password, a notice of a change.

Each is claimed alone and by one worker. What it said is gone when it has left, or is given up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from ..models import AccountEmail

ACCOUNT_CLAIM_LEASE = timedelta(minutes=2)
"""How long a worker has for the one email that it claimed; then the row is taken up again."""

ACCOUNT_RETRY = timedelta(minutes=1)
"""How long to wait after a failure."""

KEPT = timedelta(days=30)
"""How long it is remembered that an email was given up."""


@transaction.atomic
def queue_account_email(*, to: str, subject: str, body: str, now: datetime, expires_at: datetime) -> AccountEmail:
    """Have an email sent soon; after ``expires_at`` it is of no use any more and is given up."""
    return AccountEmail.objects.create(
        to=to, subject=subject[:200], body=body, created_at=now, due_at=now, expires_at=expires_at
    )


@transaction.atomic
def claim_account_email(*, now: datetime) -> AccountEmail | None:
    """Take the email that has been due longest; ``None`` if none is. Nobody else gets it until the claim grows old."""
    due = AccountEmail.objects.filter(given_up_at=None, due_at__lte=now).order_by("due_at", "id")
    email = due.filter(expires_at__gt=now).select_for_update(skip_locked=True).first()
    if email is not None:
        email.due_at = now + ACCOUNT_CLAIM_LEASE
        email.attempts += 1
        email.save(update_fields=["due_at", "attempts"])
    return email


@transaction.atomic
def record_account_email_sent(*, email: AccountEmail) -> None:
    """The mail server took it: nothing of it is kept."""
    AccountEmail.objects.filter(pk=email.pk).delete()


@transaction.atomic
def record_account_email_failure(*, email: AccountEmail, error: str, now: datetime, for_good: bool = False) -> None:
    """Try again in a minute; ``for_good`` it is given up."""
    pending = AccountEmail.objects.filter(pk=email.pk, given_up_at=None)
    if for_good:
        pending.update(body="", given_up_at=now, last_error=error)
    else:
        pending.update(due_at=now + ACCOUNT_RETRY, last_error=error)


@transaction.atomic
def forget_account_emails(*, now: datetime) -> None:
    """Give up what came too late to be sent, with what it said, and forget what was given up long ago."""
    late = AccountEmail.objects.filter(given_up_at=None, expires_at__lte=now)
    late.update(body="", given_up_at=F("expires_at"))
    AccountEmail.objects.filter(given_up_at__lt=now - KEPT).delete()

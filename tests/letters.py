"""The emails about people's own accounts that the portal sent."""

from __future__ import annotations

from django.core import mail
from django.utils import timezone

from accounts.delivery import deliver_account_emails


def letters() -> list[mail.EmailMessage]:
    """All that left so far, also what only waited in the outbox."""
    deliver_account_emails(clock=timezone.now)
    return mail.outbox

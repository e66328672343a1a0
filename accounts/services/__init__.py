"""Every write of the accounts app, by subject."""

from .emails import (
    ACCOUNT_CLAIM,
    ACCOUNT_RETRY,
    claim_account_email,
    forget_account_emails,
    note_account_email_failed,
    note_account_email_sent,
    queue_account_email,
)
from .people import choose_language

__all__ = [
    "ACCOUNT_CLAIM",
    "ACCOUNT_RETRY",
    "choose_language",
    "claim_account_email",
    "forget_account_emails",
    "note_account_email_failed",
    "note_account_email_sent",
    "queue_account_email",
]

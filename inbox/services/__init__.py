"""Every write of the inbox app, by subject."""

from .account_emails import (
    ACCOUNT_CLAIM,
    ACCOUNT_RETRY,
    claim_account_email,
    forget_account_emails,
    note_account_email_failed,
    note_account_email_sent,
    queue_account_email,
)
from .messages import Concern, MessageDraft, NoticeDraft, post_messages, post_notices, read_message, read_messages
from .outbox import (
    CLAIM,
    NO_SERVER,
    RETRIES,
    claim_deliveries,
    claimable,
    give_back,
    note_failed,
    note_sent,
    retry_delivery,
)
from .shared import SharedDraft, post_shared
from .subscriptions import choose_emails, subscribe, unsubscribe

__all__ = [
    "ACCOUNT_CLAIM",
    "ACCOUNT_RETRY",
    "CLAIM",
    "NO_SERVER",
    "RETRIES",
    "Concern",
    "MessageDraft",
    "NoticeDraft",
    "SharedDraft",
    "choose_emails",
    "claim_account_email",
    "claim_deliveries",
    "claimable",
    "forget_account_emails",
    "give_back",
    "note_account_email_failed",
    "note_account_email_sent",
    "note_failed",
    "note_sent",
    "post_messages",
    "post_notices",
    "post_shared",
    "queue_account_email",
    "read_message",
    "read_messages",
    "retry_delivery",
    "subscribe",
    "unsubscribe",
]

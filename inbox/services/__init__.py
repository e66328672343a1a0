"""Every write of the inbox app, by subject."""

from .messages import MessageDraft, NoticeDraft, post_messages, post_notices, read_message, read_messages
from .outbox import CLAIM, RETRIES, claim_deliveries, note_failed, note_sent, retry_delivery

__all__ = [
    "CLAIM",
    "RETRIES",
    "MessageDraft",
    "NoticeDraft",
    "claim_deliveries",
    "note_failed",
    "note_sent",
    "post_messages",
    "post_notices",
    "read_message",
    "read_messages",
    "retry_delivery",
]

"""Every write of the inbox app, by subject."""

from .digests import queue_digests
from .messages import Concern, MessageDraft, NoticeDraft, post_messages, post_notices, read_message, read_messages
from .outbox import CAME_BACK, NO_SERVER, claim_deliveries, claim_digests, claimable, record_sent, retry_delivery
from .shared_messages import SharedDraft, post_shared
from .subscriptions import choose_emails, leave_digest, subscribe, unsubscribe

__all__ = [
    "CAME_BACK",
    "NO_SERVER",
    "Concern",
    "MessageDraft",
    "NoticeDraft",
    "SharedDraft",
    "choose_emails",
    "claim_deliveries",
    "claim_digests",
    "claimable",
    "leave_digest",
    "post_messages",
    "post_notices",
    "post_shared",
    "queue_digests",
    "read_message",
    "read_messages",
    "record_sent",
    "retry_delivery",
    "subscribe",
    "unsubscribe",
]

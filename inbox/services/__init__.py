"""Every write of the inbox app, by subject."""

from .digests import claim_digests, queue_digests
from .messages import Concern, MessageDraft, NoticeDraft, post_messages, post_notices, read_message, read_messages
from .outbox import (
    CLAIM_LEASE,
    NO_SERVER,
    RETRIES,
    claim_deliveries,
    claimable,
    record_failure,
    record_sent,
    release_claims,
    retry_delivery,
)
from .shared import SharedDraft, post_shared
from .subscriptions import choose_emails, leave_digest, subscribe, unsubscribe

__all__ = [
    "CLAIM_LEASE",
    "NO_SERVER",
    "RETRIES",
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
    "record_failure",
    "record_sent",
    "release_claims",
    "retry_delivery",
    "subscribe",
    "unsubscribe",
]

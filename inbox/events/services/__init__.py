"""Every write of events and webhooks."""

from .delivering import send_webhooks
from .endpoints import (
    change_endpoint,
    create_endpoint,
    reencrypt_secrets,
    remove_endpoint,
    rotate_secret,
    send_test,
    switch_off,
    switch_off_failing,
    switch_on,
)
from .placing import place_events, queue_deliveries
from .pruning import EVENT_KEPT_FOR, prune_events
from .recording import EventDraft, record_event, record_events
from .resending import resend

__all__ = [
    "EVENT_KEPT_FOR",
    "EventDraft",
    "change_endpoint",
    "create_endpoint",
    "place_events",
    "prune_events",
    "queue_deliveries",
    "record_event",
    "record_events",
    "reencrypt_secrets",
    "remove_endpoint",
    "resend",
    "rotate_secret",
    "send_test",
    "send_webhooks",
    "switch_off",
    "switch_off_failing",
    "switch_on",
]

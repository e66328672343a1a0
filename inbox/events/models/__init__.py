"""Events, the feed of each market, and the webhooks that carry them."""

from .events import Event, Feed
from .webhooks import WebhookDelivery, WebhookEndpoint, WebhookSecret

__all__ = ["Event", "Feed", "WebhookDelivery", "WebhookEndpoint", "WebhookSecret"]

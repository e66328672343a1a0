"""Endpoints for tests that send nothing there."""

from __future__ import annotations

from django.utils import timezone

from inbox.events.models import WebhookDelivery, WebhookEndpoint
from inbox.events.services import create_endpoint, switch_off
from tests.factories import MarketFactory


def webhook(*, off: bool = False) -> WebhookEndpoint:
    """An endpoint of a market of its own."""
    now = timezone.now()
    endpoint, _ = create_endpoint(market=MarketFactory(), name="trust", address="https://1.1.1.1/", now=now)
    if off:
        switch_off(endpoint=endpoint, reason="By hand.", now=now)
        endpoint.refresh_from_db()
    return endpoint


def sent_message() -> WebhookDelivery:
    """A test message that an endpoint took."""
    now = timezone.now()
    return WebhookDelivery.objects.create(endpoint=webhook(), made_at=now, delivered_at=now, status=200)

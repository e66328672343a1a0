"""What an event says to the marketplace's systems: the same in the feed and in a webhook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from standardwebhooks import Webhook

from .encryption import decrypt
from .models import Event, WebhookDelivery

TEST = "test"


def event_payload(event: Event) -> dict[str, object]:
    """An event with the ids that it is about. It is the same whenever it is asked for."""
    data = {"market": event.market.code, "seller": event.seller.external_id, **event.data}
    return {"type": event.kind, "timestamp": event.happened_at.isoformat(), "data": data}


def message_of(delivery: WebhookDelivery) -> bytes:
    """The body of a webhook."""
    if delivery.event is None:
        data = {"market": delivery.endpoint.market.code}
        payload: Mapping[str, object] = {"type": TEST, "timestamp": delivery.made_at.isoformat(), "data": data}
    else:
        payload = event_payload(delivery.event)
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def signed_headers(
    delivery: WebhookDelivery, body: bytes, *, encrypted: Iterable[str], now: datetime
) -> dict[str, str]:
    """The headers of Standard Webhooks, signed with each of the secrets."""
    secrets = [decrypt(one) for one in encrypted]
    signatures = [Webhook(one).sign(delivery.public_id, now, body.decode()) for one in secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "healthportal-webhooks/1",
        "webhook-id": delivery.public_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }

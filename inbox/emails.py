"""What an email says. Apps above the inbox compose those of their own kind of message with it (``EMAIL_COMPOSERS``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from .models import EmailDelivery
from .subscriptions import subscription_links


@dataclass(frozen=True)
class EmailParts:
    """What an email says. ``html`` may have a style sheet; it is inlined before it leaves, but for media queries."""

    subject: str
    text: str
    html: str


def email_context(delivery: EmailDelivery) -> dict[str, Any]:
    """What every email's template needs: the message, where it leads, and the way out."""
    message = delivery.message
    return {
        "message": message,
        "link": f"{settings.BASE_URL}{message.path or message.get_absolute_url()}",
        "links": subscription_links(delivery),
    }

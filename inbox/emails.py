"""What an email says. Apps above the inbox compose those of their own kind of message with it (``EMAIL_COMPOSERS``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from .models import EmailDelivery
from .subscriptions import subscription_links


@dataclass(frozen=True)
class InlineImage:
    """A PNG that the HTML shows as ``cid:`` and its name."""

    name: str
    png: bytes


@dataclass(frozen=True)
class EmailParts:
    """What an email says. ``html`` may have a style sheet; it is inlined before it leaves."""

    subject: str
    text: str
    html: str
    images: Sequence[InlineImage] = ()


def email_context(delivery: EmailDelivery) -> dict[str, Any]:
    """What every email's template needs: the message, the person, absolute links, and the way out."""
    message = delivery.message
    return {
        "message": message,
        "seller": message.seller,
        "user": delivery.user,
        "base_url": settings.BASE_URL,
        "link": f"{settings.BASE_URL}{message.path or message.get_absolute_url()}",
        "inbox_link": f"{settings.BASE_URL}{message.get_absolute_url()}",
        "links": subscription_links(delivery),
    }

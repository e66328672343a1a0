"""Messages as a seller's download has them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from kit.documents.records import Record, exact
from sellers.holdings import Holding
from sellers.models import Seller

from .models import Message

MESSAGE_FIELDS = [
    "message", "posted_at", "kind", "reference", "subject", "body", "content_kind", "content", "content_url",
]  # fmt: skip


def messages_of(seller: Seller, now: datetime) -> QuerySet[Message]:
    return Message.objects.filter(seller=seller).order_by("posted_at", "id")


def message_record(message: Message, *, zone: ZoneInfo) -> Record:
    """A message as it reads in the language that is active."""
    return {
        "message": message.pk,
        "posted_at": exact(message.posted_at, zone=zone),
        "kind": message.kind,
        "reference": message.external_id or "",
        "subject": message.subject,
        "body": message.body,
        "content_kind": message.content_kind,
        "content": message.content_title,
        "content_url": message.content_url,
    }


HOLDINGS = {"messages": Holding(MESSAGE_FIELDS, messages_of, message_record)}

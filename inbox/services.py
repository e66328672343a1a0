"""Posting messages, reading them, and sending them by email."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sellers.models import Market, Member
from sellers.services import recording_time

from .models import EmailDelivery, Message


@dataclass(frozen=True)
class MessageDraft:
    """What to tell a seller. ``path`` leads to the page it is about, ``action`` says what the link does."""

    seller_id: int
    kind: Message.Kind
    subject: str
    body: str
    path: str = ""
    action: str = ""
    content_id: int | None = None


@transaction.atomic
def post_messages(*, market: Market, drafts: Sequence[MessageDraft], now: datetime) -> list[Message]:
    """Post messages to sellers of one market, in the order given, and put an email to each member into the outbox.

    ``posted_at`` is ``now``, or the end of the market's closed books if that is later. Always the same few statements.
    """
    if not drafts:
        return []
    posted_at = recording_time(market_id=market.pk, now=now)
    messages = Message.objects.bulk_create(
        [
            Message(
                seller_id=draft.seller_id,
                content_id=draft.content_id,
                kind=draft.kind,
                subject=draft.subject,
                body=draft.body,
                path=draft.path,
                action=draft.action,
                posted_at=posted_at,
            )
            for draft in drafts
        ]
    )
    people: dict[int, list[int]] = {}
    seller_ids = {draft.seller_id for draft in drafts}
    members = Member.objects.filter(seller_id__in=seller_ids, user__is_active=True).order_by("id")
    for seller_id, user_id in members.values_list("seller_id", "user_id"):
        people.setdefault(seller_id, []).append(user_id)
    EmailDelivery.objects.bulk_create(
        EmailDelivery(message=message, user_id=user_id, due_at=posted_at)
        for message in messages
        for user_id in people.get(message.seller_id, [])
    )
    return messages


@transaction.atomic
def read_message(*, message: Message, now: datetime) -> None:
    """Note that somebody of the seller's opened a message; the first time counts."""
    Message.objects.filter(pk=message.pk, read_at=None).update(read_at=now)

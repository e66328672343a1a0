"""What a seller's inbox shows."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from sellers.models import Seller

from .models import EmailDelivery, Message, MessageQuerySet


def messages_of(*, seller: Seller, user: User) -> MessageQuerySet:
    """A seller's messages with whether this person has read them, the latest first."""
    return Message.objects.filter(seller=seller).with_reading(user=user)


def get_message(*, seller: Seller, message_id: int) -> Message:
    """One message of a seller. Raises ``Message.DoesNotExist`` for anybody else's."""
    return Message.objects.filter(seller=seller).get(pk=message_id)


def emails_given_up(*, since: datetime) -> QuerySet[EmailDelivery]:
    """Emails that could not be sent and were last tried after that moment."""
    return EmailDelivery.objects.filter(state=EmailDelivery.State.DEAD, due_at__gte=since)

"""What a seller's inbox shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Window

from accounts.models import User
from sellers.models import Member, Seller

from .models import Channel, EmailDelivery, Message, MessageQuerySet, Unsubscription


def messages_of(*, seller: Seller, user: User) -> MessageQuerySet:
    """A seller's messages with whether this person has read them, the latest first."""
    return Message.objects.filter(seller=seller).with_reading(user=user)


LATEST_REPORTS = 8
"""How many of the messages about weekly reports the inbox shows in their row."""


@dataclass(frozen=True)
class ReportMessages:
    """The messages about a seller's weekly reports: the latest of them, how many there are and how many are unread."""

    latest: Sequence[Message]
    count: int = 0
    unread: int = 0

    @property
    def are_many(self) -> bool:
        """Whether there is more than one, which then stand in one row."""
        return self.count > 1


def report_messages(*, seller: Seller, user: User) -> ReportMessages:
    """The messages about weekly reports, as one person has read them (1 query)."""
    messages = messages_of(seller=seller, user=user).filter(kind=Message.Kind.REPORT)
    counted: MessageQuerySet = messages.annotate(
        all_reports=Window(Count("pk")), unread_reports=Window(Count("pk", filter=Q(is_read=False)))
    )
    latest: list[Any] = list(counted[:LATEST_REPORTS])
    return ReportMessages(latest, latest[0].all_reports, latest[0].unread_reports) if latest else ReportMessages([])


def get_message(*, seller: Seller, message_id: int) -> Message:
    """One message of a seller, with ``newer_id`` and ``older_id`` of the ones beside it (1 query).

    Raises ``Message.DoesNotExist`` for anybody else's.
    """
    messages = Message.objects.filter(seller=seller)
    same_moment = Q(posted_at=OuterRef("posted_at"))
    newer = messages.filter(Q(posted_at__gt=OuterRef("posted_at")) | same_moment & Q(pk__gt=OuterRef("pk")))
    older = messages.filter(Q(posted_at__lt=OuterRef("posted_at")) | same_moment & Q(pk__lt=OuterRef("pk")))
    beside = messages.annotate(
        newer_id=Subquery(newer.order_by("posted_at", "pk").values("pk")[:1]),
        older_id=Subquery(older.order_by("-posted_at", "-pk").values("pk")[:1]),
    )
    return beside.get(pk=message_id)


def emails_given_up(*, since: datetime) -> QuerySet[EmailDelivery]:
    """Emails that could not be sent, given up after that moment."""
    return EmailDelivery.objects.filter(given_up_at__gte=since)


def told_weekly(*, user: Any, starts_at: Any, ends_at: Any) -> QuerySet[Message]:
    """The messages that a person's digest names: of kinds that they chose so, of each of their sellers.

    The arguments are values, or refer to an outer query.
    """
    return Message.objects.filter(
        posted_at__gte=starts_at,
        posted_at__lt=ends_at,
        seller__members__user=user,
        seller__members__unsubscriptions__in_digest=True,
        seller__members__unsubscriptions__kind=F("kind"),
    ).order_by("seller__name", "seller_id", "posted_at", "id")


def channels_of(member: Member) -> dict[str, Channel]:
    """How messages reach a member besides the inbox, for each kind that they may choose for."""
    chosen = dict(member.unsubscriptions.values_list("kind", "in_digest"))
    away = {True: Channel.DIGEST, False: Channel.INBOX}
    return {kind.value: away[chosen[kind]] if kind in chosen else Channel.AT_ONCE for kind in Unsubscription.KINDS}

"""What a seller's inbox shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery, Value, Window
from django.db.models.functions import Coalesce, RowNumber

from accounts.models import User
from kit.jobs.models import Priority
from sellers.models import Member, Seller

from .models import Channel, Digest, EmailDelivery, Message, MessageQuerySet, Unsubscription


def messages_of(*, seller: Seller, user: User | None) -> MessageQuerySet:
    """A seller's messages with whether this person has read them, the latest first."""
    return Message.objects.filter(seller=seller).with_reading(user=user)


MAX_NEWS = 5
"""Messages that the news list."""


@dataclass(frozen=True)
class News:
    """The latest messages of a seller, as one person has read them; at least some are shown, new or not.

    ``new`` counts those posted since their last visit, ``unread`` all that they have not read. ``important`` is the
    latest unread one that may ask for something.
    """

    latest: Sequence[Message]
    new: int
    unread: int
    important: Message | None


def read_news(
    *, seller: Seller, user: User | None, since: datetime | None, important: Collection[str]
) -> MessageQuerySet:
    """The messages that ``news_among`` makes the news of: the latest, and the latest that asks for something.

    Each has the numbers of all. That an appeal was filed is a receipt, and asks for nothing.
    """
    messages = Message.objects.filter(seller=seller)
    unread = messages.unread(user=user)
    asking = unread.filter(kind__in=important).exclude(template=Message.Template.APPEAL_FILED)
    shown = Q(pk__in=messages.values("pk")[:MAX_NEWS]) | Q(pk__in=asking.values("pk")[:1])
    new = _counted(messages.filter(posted_at__gt=since)) if since else Value(0)
    counted = messages_of(seller=seller, user=user).annotate(unread=_counted(unread), new=new)
    return counted.filter(shown)


def news_among(messages: Iterable[Message], *, important: Collection[str]) -> News:
    """What is new to a person in a seller's inbox, of which some kinds are ``important``."""
    found: list[Any] = list(messages)
    asks = (one for one in found if not one.is_read and one.kind in important)
    first = next((one for one in asks if one.template != Message.Template.APPEAL_FILED), None)
    return News(found[:MAX_NEWS], found[0].new if found else 0, found[0].unread if found else 0, first)


def _counted(messages: MessageQuerySet) -> Coalesce:
    """How many messages there are, as a column; 0 for none."""
    every = messages.order_by().annotate(every=Value(1)).values("every")
    return Coalesce(Subquery(every.annotate(count=Count("pk")).values("count")), 0)


MAX_REPORTS_LISTED = 8
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


def report_messages(*, seller: Seller, user: User | None) -> ReportMessages:
    """The messages about weekly reports, as one person has read them (1 query)."""
    messages = messages_of(seller=seller, user=user).filter(kind=Message.Kind.REPORT)
    counted: MessageQuerySet = messages.annotate(
        all_reports=Window(Count("pk")), unread_reports=Window(Count("pk", filter=Q(is_read=False)))
    )
    latest: list[Any] = list(counted[:MAX_REPORTS_LISTED])
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


def urgent_emails_wait_since() -> datetime | None:
    """When the oldest urgent message was posted whose email nobody could try to send yet; ``None`` without any.

    An email for which no mail server was there is due again a minute later: since when it is due says nothing.
    """
    untried = EmailDelivery.objects.filter(due_at__isnull=False, priority=Priority.URGENT, attempts=0)
    oldest: datetime | None = untried.aggregate(oldest=Min("message__posted_at"))["oldest"]
    return oldest


DIGEST_ORDER = ("seller__name", "seller_id", "posted_at", "id")


@dataclass(frozen=True)
class DigestContents:
    """What a digest names: its first messages, how many there are in all, and of how many sellers and markets."""

    messages: Sequence[Message]
    count: int
    sellers: int
    markets: int


def digest_messages(*, starts_at: Any, ends_at: Any) -> QuerySet[Message]:
    """The messages that the digests of a week name: of kinds that people chose so, of each of their sellers.

    A message is there once for each ``reader``, a person's id. The arguments are values, or refer to an outer query.
    """
    chosen = Message.objects.filter(
        posted_at__gte=starts_at,
        posted_at__lt=ends_at,
        seller__members__unsubscriptions__in_digest=True,
        seller__members__unsubscriptions__kind=F("kind"),
    )
    return chosen.annotate(reader=F("seller__members__user")).order_by(*DIGEST_ORDER)


def read_digests(digests: Iterable[Digest], *, most: int) -> dict[int, DigestContents]:
    """What each of some digests names, by its id: ``most`` messages at most (5 queries for all of a week).

    One that has nothing to tell any more is left out.
    """
    weeks: dict[tuple[datetime, datetime], dict[int, int]] = defaultdict(dict)
    for digest in digests:
        weeks[digest.starts_at, digest.ends_at][digest.user_id] = digest.pk
    return {
        ids[reader]: contents
        for (starts_at, ends_at), ids in weeks.items()
        for reader, contents in _digests_of(digest_messages(starts_at=starts_at, ends_at=ends_at), ids, most)
    }


def _digests_of(told: QuerySet[Message], readers: Iterable[int], most: int) -> Iterator[tuple[int, DigestContents]]:
    theirs: QuerySet[Any] = told.filter(reader__in=list(readers))  # type: ignore[misc]  # annotated
    place = Window(RowNumber(), partition_by=[F("reader")], order_by=DIGEST_ORDER)
    first = theirs.annotate(place=place).filter(place__lte=most).prefetch_related("seller__market__brand")
    messages: dict[int, list[Message]] = defaultdict(list)
    for message in first:
        messages[message.reader].append(message)
    counted = (
        theirs.order_by()
        .values("reader")
        .annotate(
            count=Count("pk"),
            sellers=Count("seller", distinct=True),
            markets=Count("seller__market", distinct=True),
        )
    )
    for row in counted:
        reader = row.pop("reader")
        yield reader, DigestContents(messages[reader], **row)


def channels_of(member: Member) -> dict[str, Channel]:
    """How messages reach a member besides the inbox, for each kind that they may choose for."""
    chosen = dict(member.unsubscriptions.values_list("kind", "in_digest"))
    away = {True: Channel.DIGEST, False: Channel.INBOX}
    return {kind.value: away[chosen[kind]] if kind in chosen else Channel.AT_ONCE for kind in Unsubscription.KINDS}

"""Posting messages and reading them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from accounts.models import User
from kit.database.inserting import insert_rows, next_ids
from kit.database.prepared_statements import PreparedStatement
from kit.outcomes import Outcome, Result
from sellers.models import Content, Market, Seller
from sellers.services import find_content, lock_sellers, recording_time, unknown_seller

from .. import wording
from ..models import EmailDelivery, Message, MessageRead
from ..rendering import Data


@dataclass(frozen=True)
class Concern:
    """The content that a message concerns, and what was known of it: by these names a message keeps it.

    Two are equal that are about the same content.
    """

    content_id: int
    content_kind: str = field(compare=False)
    content_title: str = field(compare=False)
    content_url: str = field(compare=False)

    @classmethod
    def of(cls, content: Content) -> Concern:
        """A piece of content as it is now."""
        return cls(content.pk, content.kind, content.title, content.url)


NO_CONTENT: dict[str, object] = {"content_id": None, "content_kind": "", "content_title": "", "content_url": ""}


KnownContent = Mapping[tuple[int, str, str], Content]
"""Content by its seller, kind and external id."""

WORDS = {"subject": "notice_subject", "body": "notice_body", "language": "notice_language"}
"""How a message calls the words of a notice."""


@dataclass(frozen=True)
class MessageDraft:
    """What to tell a seller: a template with its facts and what it is about, or a notice with its own words.

    Moments among the facts are written as ISO text.
    """

    seller_id: int
    kind: Message.Kind
    template: Message.Template = Message.Template.NOTICE
    about_kind: str = ""
    about_id: int | None = None
    data: Data = field(default_factory=dict)
    subject: str = ""
    body: str = ""
    language: str = field(default="", compare=False)
    external_id: str | None = None
    concerns: Concern | None = None


@dataclass(frozen=True)
class NoticeDraft:
    """What the marketplace tells a seller, under its own id. ``content``: kind and external id of the content.

    ``language`` is the tag of its words' language, empty for that of the market.
    """

    external_id: str
    seller_external_id: str
    subject: str
    body: str
    content: tuple[str, str] | None = None
    language: str = ""


@transaction.atomic(savepoint=False)  # A part of what it tells of: it fails with it.
def post_messages(*, market: Market, drafts: Sequence[MessageDraft], now: datetime) -> list[int]:
    """Post messages to sellers of one market, in the order given. Put an email to each member into the outbox.

    ``posted_at`` is ``now``, or the end of the market's closed books if that is later. Gives the messages' ids. Always
    the same few statements.
    """
    if not drafts:
        return []
    posted_at = recording_time(market_id=market.pk, now=now)
    ids = next_ids(Message, len(drafts))
    rows = [{"id": pk} | _row(draft) for pk, draft in zip(ids, drafts, strict=True)]
    insert_rows(Message, rows, shared={"posted_at": posted_at})
    queue_emails(ids)
    return ids


def _row(draft: MessageDraft) -> dict[str, object]:
    row = vars(draft) | (vars(draft.concerns) if draft.concerns else NO_CONTENT)
    del row["concerns"]
    return {WORDS.get(name, name): value for name, value in row.items()}


# An email of each message to each active member of its seller who has not left its kind, due at once.
QUEUE_EMAILS = PreparedStatement.named("""
INSERT INTO inbox_emaildelivery (message_id, user_id, state, priority, lane, due_at)
SELECT message.id, member.user_id, 'pending', (%(priorities)s::jsonb ->> message.kind)::int, seller.market_id,
    message.posted_at
FROM inbox_message AS message
JOIN sellers_seller AS seller ON seller.id = message.seller_id
JOIN sellers_member AS member ON member.seller_id = message.seller_id
JOIN accounts_user AS person ON person.id = member.user_id AND person.is_active
WHERE message.id = ANY(%(ids)s::bigint[])
    AND NOT EXISTS (SELECT FROM inbox_unsubscription WHERE member_id = member.id AND kind = message.kind)
ORDER BY message.id, member.id
""")


def queue_emails(message_ids: list[int]) -> None:
    """Put the emails of messages that were just posted into the outbox, in one statement."""
    priorities = {kind.value: EmailDelivery.priority_of(kind).value for kind in Message.Kind}
    with connection.cursor() as cursor:
        QUEUE_EMAILS.execute(connection, cursor, {"ids": message_ids, "priorities": json.dumps(priorities)})


@transaction.atomic
def post_notices(*, market: Market, drafts: Sequence[NoticeDraft], now: datetime) -> list[Outcome]:
    """Post what the marketplace says to sellers of one market, and answer for each draft in the order given.

    A draft's external id may name a message that the seller has. Then it is already there if it says the same, and else
    refused: what was said stays. A refused draft keeps no other from being posted. Always the same few statements.
    """
    posted_at = recording_time(market_id=market.pk, now=now)
    # Whoever posts under an external id holds the seller's lock, so what is not found here is new.
    sellers = lock_sellers(market=market, external_ids=(draft.seller_external_id for draft in drafts))
    placed = [(sellers.get(draft.seller_external_id), draft) for draft in drafts]
    content = find_content({(seller.pk, *draft.content) for seller, draft in placed if seller and draft.content})
    known = _notices(sellers.values(), {draft.external_id for draft in drafts})
    new: list[MessageDraft] = []
    outcomes = []
    for seller, draft in placed:
        message = _message(draft, seller, content, market=market)
        outcomes.append(message if isinstance(message, Outcome) else _post_once(message, known, new))
    post_messages(market=market, drafts=new, now=posted_at)
    return outcomes


def _message(
    draft: NoticeDraft, seller: Seller | None, content: KnownContent, *, market: Market
) -> MessageDraft | Outcome:
    """A notice as the message that it will be, or why it is refused."""
    if seller is None:
        return unknown_seller(draft.external_id, draft.seller_external_id, market)
    found = content.get((seller.pk, *draft.content)) if draft.content else None
    if draft.content and found is None:
        return _unknown_content(draft)
    return MessageDraft(
        seller_id=seller.pk,
        kind=Message.Kind.NOTICE,
        subject=draft.subject,
        body=draft.body,
        language=draft.language or market.language,
        external_id=draft.external_id,
        concerns=Concern.of(found) if found else None,
    )


def _notices(sellers: Collection[Seller], external_ids: set[str]) -> dict[tuple[int, str | None], MessageDraft]:
    """What was posted under these external ids, by seller and external id."""
    messages = Message.objects.filter(seller__in=sellers, external_id__in=external_ids)
    return {
        (message.seller_id, message.external_id): MessageDraft(
            seller_id=message.seller_id,
            kind=Message.Kind(message.kind),
            subject=message.notice_subject,
            body=message.notice_body,
            external_id=message.external_id,
            concerns=_kept(message),
        )
        for message in messages
    }


def _kept(message: Message) -> Concern | None:
    if message.content_id is None:
        return None
    return Concern(message.content_id, message.content_kind, message.content_title, message.content_url)


def _post_once(
    message: MessageDraft, known: dict[tuple[int, str | None], MessageDraft], new: list[MessageDraft]
) -> Outcome:
    """Add a message to the ``new`` ones unless it is known, and answer for it."""
    key, external_id = (message.seller_id, message.external_id), message.external_id or ""
    if key not in known:
        known[key] = message
        new.append(message)
        return Outcome(external_id, Result.CREATED)
    if known[key] == message:
        return Outcome(external_id, Result.PRESENT)
    return Outcome(external_id, Result.REFUSED, None, "external_id", wording.other_message_under_id())


def _unknown_content(draft: NoticeDraft) -> Outcome:
    kind, external_id = draft.content or ("", "")
    reason = wording.no_such_content(kind, external_id)
    return Outcome(draft.external_id, Result.REFUSED, None, "content_id", reason)


@transaction.atomic
def read_message(*, message: Message, user: User, now: datetime) -> None:
    """Note that a person opened a message; the first time counts."""
    MessageRead.objects.bulk_create([MessageRead(message=message, user=user, read_at=now)], ignore_conflicts=True)


# What a person has read meanwhile in another window is left out by the conflict, and not counted.
READ_MESSAGES = """
INSERT INTO inbox_messageread (message_id, user_id, read_at)
SELECT message.id, %(user)s, %(now)s FROM inbox_message AS message
WHERE message.seller_id = %(seller)s AND message.posted_at <= %(posted_until)s
    AND NOT EXISTS (SELECT FROM inbox_messageread WHERE message_id = message.id AND user_id = %(user)s)
ORDER BY message.id
ON CONFLICT (user_id, message_id) DO NOTHING
"""


@transaction.atomic
def read_messages(*, seller: Seller, user: User, posted_until: datetime, now: datetime) -> int:
    """Mark as read what a person has not read of a seller's messages until a moment; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(READ_MESSAGES, {"seller": seller.pk, "user": user.pk, "posted_until": posted_until, "now": now})
        count: int = cursor.rowcount
    return count

"""Telling many sellers the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from sellers.models import Market
from sellers.services import recording_time

from ..models import Message
from .messages import queue_emails


@dataclass(frozen=True)
class SharedDraft:
    """A message that many sellers get alike. ``{seller}`` in ``path`` stands for the seller's id."""

    seller_ids: Sequence[int]
    kind: Message.Kind
    subject: str
    body: str
    path: str = ""
    action: str = ""


# Each draft once for each of its sellers, in the order of sellers.
POST = """
INSERT INTO inbox_message (seller_id, kind, subject, body, path, action, posted_at)
SELECT addressed.seller_id, draft.kind, draft.subject, draft.body,
    replace(draft.path, '{seller}', addressed.seller_id::text), draft.action, %(posted_at)s
FROM unnest(%(seller_ids)s::bigint[], %(numbers)s::int[]) AS addressed (seller_id, number)
JOIN unnest(%(kinds)s::text[], %(subjects)s::text[], %(bodies)s::text[], %(paths)s::text[], %(actions)s::text[])
    WITH ORDINALITY AS draft (kind, subject, body, path, action, number) USING (number)
ORDER BY addressed.seller_id, number
RETURNING id
"""


@transaction.atomic
def post_shared(*, market: Market, drafts: Sequence[SharedDraft], now: datetime) -> int:
    """Post few messages to many sellers of one market, as ``post_messages`` would, and return how many were posted.

    Always the same few statements; a text is sent to the database once.
    """
    if not drafts:
        return 0
    posted_at = recording_time(market_id=market.pk, now=now)
    addressed = [(seller_id, number) for number, draft in enumerate(drafts, 1) for seller_id in draft.seller_ids]
    with connection.cursor() as cursor:
        cursor.execute(
            POST,
            {
                "seller_ids": [seller_id for seller_id, _ in addressed],
                "numbers": [number for _, number in addressed],
                "kinds": [draft.kind for draft in drafts],
                "subjects": [draft.subject for draft in drafts],
                "bodies": [draft.body for draft in drafts],
                "paths": [draft.path for draft in drafts],
                "actions": [draft.action for draft in drafts],
                "posted_at": posted_at,
            },
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    queue_emails(ids)
    return len(ids)

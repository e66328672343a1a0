"""Telling many sellers the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from sellers.models import Market
from sellers.services import recording_time

from ..models import Message
from ..rendering import Data
from .messages import queue_emails


@dataclass(frozen=True)
class SharedDraft:
    """A message that many sellers get alike."""

    seller_ids: Sequence[int]
    kind: Message.Kind
    template: Message.Template
    about_kind: str
    about_id: int
    data: Data


# Each draft once for each of its sellers, in the order of sellers.
POST = """
INSERT INTO inbox_message (seller_id, kind, template, about_kind, about_id, data, posted_at)
SELECT addressed.seller_id, draft.kind, draft.template, draft.about_kind, draft.about_id, draft.data, %(posted_at)s
FROM unnest(%(seller_ids)s::bigint[], %(numbers)s::int[]) AS addressed (seller_id, number)
JOIN unnest(
    %(kinds)s::text[], %(templates)s::text[], %(about_kinds)s::text[], %(about_ids)s::bigint[], %(data)s::jsonb[]
) WITH ORDINALITY AS draft (kind, template, about_kind, about_id, data, number) USING (number)
ORDER BY addressed.seller_id, number
RETURNING id
"""


@transaction.atomic
def post_shared(*, market: Market, drafts: Sequence[SharedDraft], now: datetime) -> int:
    """Post few messages to many sellers of one market, as ``post_messages`` would, and return how many were posted.

    Always the same few statements; the facts are sent to the database once.
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
                "templates": [draft.template for draft in drafts],
                "about_kinds": [draft.about_kind for draft in drafts],
                "about_ids": [draft.about_id for draft in drafts],
                "data": [json.dumps(draft.data, ensure_ascii=False) for draft in drafts],
                "posted_at": posted_at,
            },
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    queue_emails(ids)
    return len(ids)

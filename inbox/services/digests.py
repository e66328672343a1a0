"""Weekly digests: one row for each person and week."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from kit.database.clocks import check_clock
from kit.dates import Week

# A digest for each active person whom the week told something that they read in a digest, unless there is one.
QUEUE_DIGESTS = """
INSERT INTO inbox_digest (user_id, starts_at, ends_at, state, due_at)
SELECT DISTINCT member.user_id, %(starts_at)s, %(ends_at)s, 'pending', %(now)s::timestamptz
FROM inbox_unsubscription AS choice
JOIN sellers_member AS member ON member.id = choice.member_id
JOIN accounts_user AS person ON person.id = member.user_id AND person.is_active
WHERE choice.in_digest
    AND NOT EXISTS (SELECT FROM inbox_digest WHERE user_id = member.user_id AND starts_at = %(starts_at)s)
    AND EXISTS (
        SELECT FROM inbox_message AS message
        WHERE message.seller_id = member.seller_id AND message.kind = choice.kind
            AND message.posted_at >= %(starts_at)s AND message.posted_at < %(ends_at)s
    )
ON CONFLICT (user_id, starts_at) DO NOTHING
"""


@transaction.atomic
def queue_digests(*, now: datetime) -> int:
    """Put a digest of the week that ended last into the outbox.

    The week is one in UTC, for a person's sellers are in many zones.

    Gives how many are new: called again, or by several at once, it adds nobody twice. Raises ``ClockAhead`` where that
    week goes on.
    """
    check_clock(now=now)
    week, zone = Week.of(now, zone=ZoneInfo("UTC")).previous, ZoneInfo("UTC")
    times = {"starts_at": week.starts_at(zone=zone), "ends_at": week.ends_at(zone=zone)}
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_DIGESTS, times | {"now": now.astimezone(UTC)})
        count: int = cursor.rowcount
    return count

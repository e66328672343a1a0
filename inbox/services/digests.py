"""Weekly digests: one row for each person and week, claimed and sent as every email is."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from kit.dates import Week

from ..models import Digest, EmailDelivery
from ..selectors import told_weekly
from .outbox import CLAIM_LEASE, RETRIES, lock_pace, next_batch

# A digest for each active person whom the week told something that they read in a digest, unless there is one.
QUEUE_DIGESTS = """
INSERT INTO inbox_digest (user_id, starts_at, ends_at, state, attempts, due_at, last_error)
SELECT DISTINCT member.user_id, %(starts_at)s, %(ends_at)s, 'pending', 0, %(now)s::timestamptz, ''
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
    """Put a digest of the week that ended last (UTC, for a person's sellers are in many zones) into the outbox.

    Gives how many are new: called again, or by several at once, it adds nobody twice.
    """
    week, zone = Week.of(now, zone=ZoneInfo("UTC")).previous, ZoneInfo("UTC")
    times = {"starts_at": week.starts_at(zone=zone), "ends_at": week.ends_at(zone=zone)}
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_DIGESTS, times | {"now": now.astimezone(UTC)})
        count: int = cursor.rowcount
    return count


@transaction.atomic
def claim_digests(*, limit: int, now: datetime) -> list[Digest]:
    """Take up to ``limit`` digests that are due, at the pace and with the lease of all emails.

    One that has nothing to tell any more is dropped, and one that no worker survived is given up.
    """
    pace = lock_pace(now)
    allowed = min(limit, settings.EMAILS_PER_MINUTE - pace.claimed)
    if allowed <= 0:
        return []
    claimed = list(_claimed(next_batch(_due(now).select_for_update(skip_locked=True, of=("self",))[:allowed]), now))
    pace.claimed += len(claimed)
    pace.save(update_fields=["minute", "claimed"])
    return claimed


def _due(now: datetime) -> QuerySet[Digest]:
    return Digest.objects.filter(state=EmailDelivery.State.PENDING, due_at__lte=now).order_by("due_at", "id")


def _claimed(ids: list[int], now: datetime) -> QuerySet[Digest]:
    due = Digest.objects.filter(pk__in=ids)
    told = told_weekly(user=OuterRef("user"), starts_at=OuterRef("starts_at"), ends_at=OuterRef("ends_at"))
    due.exclude(Exists(told), user__is_active=True).update(state=EmailDelivery.State.DROPPED, claimed_at=None)
    lost = due.filter(state=EmailDelivery.State.PENDING, attempts__gt=len(RETRIES))
    lost.update(state=EmailDelivery.State.DEAD, claimed_at=None, last_error="Each worker that took it was lost.")
    pending = due.filter(state=EmailDelivery.State.PENDING)
    pending.update(due_at=now + CLAIM_LEASE, claimed_at=now, attempts=F("attempts") + 1)
    return pending.select_related("user").order_by("id")

"""Corrections of the points ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from accounts.models import User
from kit.database.prepared_statements import PreparedStatement
from kit.outcomes import Refused

from ..models import PointsEntry, Violation


class NothingToCredit(Refused):
    """The violation has no points left that count."""


def not_before_last_record(moment: datetime, *, seller_ids: Iterable[int]) -> datetime:
    """``moment``, or when the last violation or entry of these sellers was recorded if that is later.

    Whoever waits for a seller's lock has read the clock before whoever goes first, and clocks of machines differ. What
    is recorded of a seller never goes back in time, so each sees all that was recorded before it. The caller holds the
    sellers' locks.
    """
    with connection.cursor() as cursor:
        cursor.execute(LAST_RECORDED, [list(seller_ids)])
        (last,) = cursor.fetchone()
    return max(moment, last) if last else moment


# The last moment at which something was recorded of any of the sellers; one step down two indexes for each.
LAST_RECORDED = """
SELECT max(greatest(
    (SELECT max(recorded_at) FROM violations_pointsentry WHERE seller_id = seller.id),
    (SELECT max(recorded_at) FROM violations_violation WHERE seller_id = seller.id)
)) FROM unnest(%s::bigint[]) AS seller (id)
"""


def points_left(violation: Violation, *, as_of: datetime) -> int:
    """The points of a violation that have not expired at a moment, less every correction of them.

    A correction that another machine, whose clock is ahead, dated a little later takes its points too: what is left
    is never taken twice.
    """
    return violation.entries.filter(expires_at__gt=as_of).total()


def credit(
    *,
    violation: Violation,
    source: PointsEntry.Source,
    points: int,
    reason: str,
    now: datetime,
    created_by: User | None,
) -> PointsEntry:
    """Take ``points`` (above zero) off a violation. The caller holds the seller's lock and knows that they are left.

    The entry copies the expiry of the assessment it corrects, so that both stop counting together.
    """
    assessment = violation.entries.get(kind=PointsEntry.Kind.ASSESSMENT)
    return PointsEntry.objects.create(
        seller_id=violation.seller_id,
        violation=violation,
        kind=PointsEntry.Kind.CREDIT,
        source=source,
        points=-points,
        effective_at=now,
        expires_at=assessment.expires_at,
        recorded_at=now,
        corrects=assessment,
        reason=reason,
        created_by=created_by,
    )


def credit_quiz(
    *, violation: Violation, points: int, reason: str, moment: datetime, created_by_id: int | None
) -> PointsEntry:
    """Credit a passed quiz with up to ``points`` of a violation's points that count; never more than are left.

    The caller holds the seller's lock; ``moment`` is when its transaction records (1 statement). On a machine whose
    clock is behind, the credit is dated when the seller's last record was, never before. The entry carries ``left``,
    what the violation has left after it.

    Raises ``NothingToCredit`` if the violation is voided or has no points left that count.
    """
    facts = {"violation": violation.pk, "points": points, "reason": reason, "moment": moment, "by": created_by_id}
    with connection.cursor() as cursor:
        CREDIT_QUIZ.execute(connection, cursor, facts)
        row = cursor.fetchone()
    if not row:
        raise NothingToCredit("This violation has no points left to remove.")
    entry = PointsEntry.from_db(connection.alias, ENTRY, row[:-1])
    entry.violation, entry.left = violation, row[-1]  # type: ignore[attr-defined]  # as an annotation
    return entry


# One statement, because passes are many: the moment, what is left at it, the assessment that is corrected, the entry.
# The outer query sees the ledger as it was before the entry.
ENTRY = [field.attname for field in PointsEntry._meta.concrete_fields]
CREDIT_QUIZ = PreparedStatement.named(f"""
WITH credit AS (
    INSERT INTO violations_pointsentry (seller_id, violation_id, kind, source, points, effective_at, expires_at,
        recorded_at, corrects_id, reason, created_by_id)
    SELECT violation.seller_id, violation.id, 'credit', 'quiz', -least(%(points)s, rest.points), later.moment,
        assessment.expires_at, later.moment, assessment.id, %(reason)s, %(by)s::bigint
    FROM violations_violation AS violation
    JOIN violations_pointsentry AS assessment
        ON assessment.violation_id = violation.id AND assessment.kind = 'assessment'
    CROSS JOIN LATERAL (
        SELECT greatest(%(moment)s,
            (SELECT max(recorded_at) FROM violations_pointsentry WHERE seller_id = violation.seller_id),
            (SELECT max(recorded_at) FROM violations_violation WHERE seller_id = violation.seller_id)) AS moment
    ) AS later
    CROSS JOIN LATERAL (
        SELECT sum(points) AS points FROM violations_pointsentry
        WHERE violation_id = violation.id AND expires_at > later.moment
    ) AS rest
    WHERE violation.id = %(violation)s AND violation.voided_at IS NULL AND rest.points > 0
    RETURNING *
)
SELECT {", ".join(f"credit.{column}" for column in ENTRY)}, credit.points + (
    SELECT sum(points) FROM violations_pointsentry
    WHERE violation_id = credit.violation_id AND expires_at > credit.effective_at
) AS left
FROM credit
""")  # noqa: S608  # names of columns

"""Points taken off as a passed quiz takes them off, without the quiz."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from sellers.services import lock_seller_to_record
from violations.models import PointsEntry, Violation
from violations.services import credit_quiz


@transaction.atomic
def credit_points(
    *, violation: Violation, points: int, reason: str, now: datetime, created_by: User | None = None
) -> PointsEntry:
    """Credit a passed quiz with up to ``points`` of a violation's points. Raises ``NothingToCredit``."""
    _seller, moment = lock_seller_to_record(seller_id=violation.seller_id, now=now)
    by = created_by.pk if created_by else None
    return credit_quiz(violation=violation, points=points, reason=reason, moment=moment, created_by_id=by)

"""What a pass brings: points off one violation, within the month's limit."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

from inbox.events.models import Event
from inbox.events.services import record_event
from kit.database.prepared_reads import PreparedRead, date_parameter, id_parameter
from sellers.models import Seller
from violations.models import PointsEntry, Violation
from violations.services import NothingToCredit, credit_quiz

from .. import selectors
from ..models import Attempt


def reward(*, attempt: Attempt, seller: Seller, month: date, now: datetime, moment: datetime) -> PointsEntry | None:
    """Take points off for a pass of a local month and note it on the attempt; or note why there was no reward.

    The caller holds the seller's lock and saves the attempt; ``moment`` is when its transaction records.
    """
    used = len(_rewarded.read(seller=seller.pk, month=month))
    if used >= seller.market.rewarded_passes_per_month:
        attempt.unrewarded = Attempt.Unrewarded.LIMIT
        return None
    credit = _credit(attempt=attempt, seller=seller, now=now, moment=moment)
    if credit is None:
        attempt.unrewarded = Attempt.Unrewarded.NOTHING_LEFT
        return None
    attempt.credit, attempt.reward_month, attempt.reward_ordinal = credit, month, used + 1
    return credit


_rewarded = PreparedRead(
    lambda: Attempt.objects.filter(seller=id_parameter("seller"), reward_month=date_parameter("month")).only("pk")
)


def _credit(*, attempt: Attempt, seller: Seller, now: datetime, moment: datetime) -> PointsEntry | None:
    """Take points off the violation picked, else off the one whose window closes first, as when it was begun."""
    for violation in _in_turn(attempt, seller, now=now):
        with suppress(NothingToCredit):  # Its points expire before the moment under which the credit would be recorded.
            return credit_quiz(
                violation=violation,
                points=attempt.quiz.pass_points,
                reason=f"Quiz passed: {attempt.quiz.policy}",
                moment=moment,
                created_by_id=attempt.user_id,
            )
    return None


def _in_turn(attempt: Attempt, seller: Seller, *, now: datetime) -> list[Violation]:
    """What was told by the time the attempt was submitted, the violation picked first."""
    found = selectors.eligible_for(quiz=attempt.quiz, seller=seller, as_of=now, begun_at=attempt.started_at)
    told_by = attempt.submitted_at or now
    eligible = [item.violation for item in found if item.violation.recorded_at <= told_by]
    return sorted(eligible, key=lambda violation: violation.pk != attempt.violation_id)


def facts_of_credit(credit: PointsEntry) -> dict[str, object]:
    """What messages say of a credit that ``reward`` gave."""
    violation = credit.violation
    return {
        "points": -credit.points,
        "left": credit.left,  # type: ignore[attr-defined]  # annotated
        "issued_at": violation.issued_at.isoformat(),
        "content_kind": violation.content_kind,
        "content_title": violation.content_title,
    }


def record_passed(attempt: Attempt, seller: Seller, *, now: datetime) -> None:
    """Record the event of a pass, however it came about."""
    data = {"attempt": attempt.pk, "quiz": attempt.quiz_id}
    record_event(seller=seller, kind=Event.Kind.ATTEMPT_PASSED, data=data, now=now)

"""Attempts as a seller's download has them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from kit.documents.records import Record, exact
from sellers.holdings import Holding
from sellers.models import Seller

from .models import Attempt, AttemptQuestion

ATTEMPT_FIELDS = [
    "attempt", "policy", "policy_name", "month", "ordinal", "person", "started_at", "submitted_at", "right_answers",
    "passed", "points_removed", "unrewarded", "violation", "action", "answers",
]  # fmt: skip


def attempts_of(seller: Seller, now: datetime) -> QuerySet[Attempt]:
    attempts = Attempt.objects.filter(seller=seller).select_related("quiz__policy", "user", "credit")
    return attempts.prefetch_related("questions").order_by("started_at", "id")


def attempt_record(attempt: Attempt, *, zone: ZoneInfo) -> Record:
    """An attempt with the answers given. Which is right is for whoever has submitted it, on its page."""
    return {
        "attempt": attempt.pk,
        "policy": attempt.quiz.policy.code,
        "policy_name": attempt.quiz.policy.name,
        "month": f"{attempt.month:%Y-%m}",
        "ordinal": attempt.ordinal,
        "person": attempt.user.email,
        "started_at": exact(attempt.started_at, zone=zone),
        "submitted_at": exact(attempt.submitted_at, zone=zone),
        "right_answers": attempt.right_answers,
        "passed": attempt.passed,
        "points_removed": attempt.gain,
        "unrewarded": attempt.unrewarded,
        "violation": attempt.violation_id,
        "action": attempt.action_id,
        "answers": [_answer(asked) for asked in attempt.questions.all()],
    }


def _answer(asked: AttemptQuestion) -> Record:
    return {"question": asked.text, "answer": asked.chosen_texts}


HOLDINGS = {"attempts": Holding(ATTEMPT_FIELDS, attempts_of, attempt_record)}

"""Whom a trial is about, and what became of its halves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Least

from sellers.models import Seller
from violations.models import Violation

from ..models import Attempt, FairTrial, TrialSeller
from ..rules import FOLLOWED_FOR, earliest_told
from .rules import Half, TrialOutcome

# Both halves of a trial in one pass: who was followed for 90 days, who of them breached the policy again, who took the
# quiz, and who is still followed.
HALVES = """
    SELECT one.invited,
        count(*) FILTER (WHERE is_over),
        count(*) FILTER (WHERE is_over AND EXISTS (
            SELECT FROM violations_violation violation
            JOIN policies_policyversion version ON version.id = violation.policy_version_id
            WHERE violation.seller_id = one.seller_id AND version.policy_id = quiz.policy_id
                AND violation.voided_at IS NULL AND violation.issued_at > one.assigned_at
                AND violation.issued_at <= one.assigned_at + %(followed)s)),
        count(*) FILTER (WHERE is_over AND EXISTS (
            SELECT FROM quizzes_attempt attempt WHERE attempt.seller_id = one.seller_id
                AND attempt.quiz_id = trial.quiz_id AND attempt.action_id IS NULL
                AND coalesce(attempt.submitted_at, attempt.ends_at) > one.assigned_at
                AND coalesce(attempt.submitted_at, attempt.ends_at) <= one.assigned_at + %(followed)s)),
        count(*) FILTER (WHERE NOT is_over)
    FROM quizzes_fairtrial trial JOIN quizzes_quiz quiz ON quiz.id = trial.quiz_id
    JOIN quizzes_trialseller one ON one.trial_id = trial.id,
        LATERAL (SELECT one.assigned_at + %(followed)s <= %(at)s AS is_over) followed
    WHERE trial.id = %(trial)s GROUP BY one.invited
"""


def outcome(trial: FairTrial, *, as_of: datetime) -> TrialOutcome:
    """What came of a trial by a moment, found by one statement."""
    params: dict[str, Any] = {"trial": trial.pk, "followed": FOLLOWED_FOR, "at": as_of}
    with connection.cursor() as cursor:
        cursor.execute(HALVES, params)
        rows = {invited: numbers for invited, *numbers in cursor.fetchall()}
    halves = {invited: Half(*numbers[:3]) for invited, numbers in rows.items()}
    waiting = sum(numbers[3] for numbers in rows.values())
    return TrialOutcome(
        halves.get(True, Half()), halves.get(False, Half()), waiting, is_running=trial.is_running(as_of=as_of)
    )


def to_assign(trial: FairTrial, *, as_of: datetime) -> QuerySet[Seller]:
    """The sellers who breached the policy, whose window is open and who are in no half yet, by id."""
    told = Violation.objects.filter(
        seller=OuterRef("pk"),
        policy_version__policy=trial.quiz.policy_id,
        recorded_at__gte=earliest_told(as_of=as_of, zone=trial.market.zone),
        recorded_at__lte=as_of,
        voided_at=None,
    )
    assigned = TrialSeller.objects.filter(seller=OuterRef("pk"), trial=trial)
    return Seller.objects.filter(Exists(told), ~Exists(assigned), market=trial.market_id).order_by("pk")


def assigned_sellers(trial: FairTrial, *, as_of: datetime) -> QuerySet[TrialSeller]:
    """Those of both halves as a file has them: with when they breached it again, and took the quiz, first."""
    within = {"assigned_at": F("assigned_at"), "until": F("assigned_at") + FOLLOWED_FOR}
    breached = Q(
        seller__violations__policy_version__policy=trial.quiz.policy_id,
        seller__violations__voided_at=None,
        seller__violations__issued_at__gt=within["assigned_at"],
        seller__violations__issued_at__lte=within["until"],
    )
    attempts = Attempt.objects.filter(seller=OuterRef("seller"), quiz=trial.quiz_id, action=None)
    took = attempts.annotate(over_at=Coalesce("submitted_at", "ends_at")).filter(
        over_at__gt=OuterRef("assigned_at"), over_at__lte=Least(OuterRef("assigned_at") + FOLLOWED_FOR, as_of)
    )
    first_took = took.order_by().values("seller").annotate(first=Min("over_at")).values("first")
    rows = trial.sellers.select_related("seller").order_by("pk")
    return rows.annotate(breached_at=Min("seller__violations__issued_at", filter=breached), took_at=first_took)


def last_assigned_at(trial: FairTrial) -> datetime | None:
    """When the last seller was assigned: 90 days later the result can be read."""
    found: datetime | None = trial.sellers.aggregate(last=Max("assigned_at"))["last"]
    return found

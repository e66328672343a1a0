"""The API for a seller's recovery plan (docs/api.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Field, Path, Router, Schema

from kit.api.batches import ERRORS, ErrorAnswer
from kit.api.exact import ExactEncoder
from sellers.token_auth import ApiRequest, seller_asked_for
from violations.models import Violation

from .next_steps import NextStep, appeal_steps, next_steps
from .plan.rules import Goal, Pass, Plan
from .plan.selectors import find_plan, find_prospect

router = Router(tags=["Quizzes"])


class GoalAnswer(Schema):
    goal: Literal["good_standing", "below_milestone"]
    milestone: int | None = Field(description="The points to get below.")
    without: datetime | None = Field(description="When it is reached for good with nothing done; null: not by points.")
    planned: datetime | None = Field(description="The same with the steps.")
    quizzes: int = Field(description="How many of the steps are needed for that.")


class StepAnswer(Schema):
    policy: str
    violation: str = Field(description="The external id of the violation that the pass is to take points off.")
    points: int
    opens_at: datetime = Field(description="From when the quiz can be passed for these points.")
    until: datetime = Field(description="The first moment at which it is too late.")
    counts_until: datetime = Field(description="When the points taken off would have expired by themselves.")


class AppealAnswer(Schema):
    policy: str
    violation: str
    points: int = Field(description="What it takes off at most, if the facts are wrong.")
    until: datetime


class PlanAnswer(Schema):
    seller: str
    at: datetime = Field(description="When this was answered.")
    total: int
    goals: list[GoalAnswer] = Field(description="What is not reached yet, good standing first.")
    steps: list[StepAnswer]
    appeals: list[AppealAnswer] = Field(description="Not part of the plan: only for facts that are wrong.")


@router.get(
    "/sellers/{path:external_id}/plan",
    response=ERRORS | {200: PlanAnswer, 404: ErrorAnswer},
    operation_id="get_plan",
    summary="What brings a seller back to good standing, and when",
)
def plan(request: ApiRequest, external_id: Path[str]) -> HttpResponse:
    """The quizzes that bring it soonest, as the seller's own pages say it."""
    now, seller = timezone.now(), seller_asked_for(request, external_id)
    prospect = find_prospect(seller=seller, as_of=now)
    steps = next_steps(seller=seller, as_of=now, prospect=prospect)
    found = find_plan(prospect, steps.planned, seller=seller)
    violations = {item.violation.pk: item.violation for quiz in steps.open_quizzes.values() for item in quiz.eligible}
    appeals = appeal_steps(seller=seller, as_of=now)
    answer = {
        "seller": seller.external_id,
        "at": now,
        "total": prospect.total_at(now),
        "goals": [_goal(found, goal) for goal in found.goals],
        "steps": [_step(one, violations[one.option.violation_id]) for one in found.passes],
        "appeals": [_appeal(step, step.violation) for step in appeals if step.violation],
    }
    return JsonResponse(answer, encoder=ExactEncoder)


def _goal(found: Plan, goal: Goal) -> dict[str, object]:
    return {
        "goal": "good_standing" if goal.milestone is None else "below_milestone",
        "milestone": goal.milestone,
        "without": goal.without,
        "planned": goal.planned,
        "quizzes": len(found.needed(goal)),
    }


def _step(planned: Pass, violation: Violation) -> dict[str, object]:
    return {
        "policy": violation.policy.code,
        "violation": violation.external_id,
        "points": planned.points,
        "opens_at": planned.at,
        "until": planned.until,
        "counts_until": planned.option.expires_at,
    }


def _appeal(step: NextStep, violation: Violation) -> dict[str, object]:
    return {
        "policy": violation.policy.code,
        "violation": violation.external_id,
        "points": step.points,
        "until": step.deadline,
    }

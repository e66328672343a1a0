"""The API for a seller's recovery plan, open quizzes and attempts (docs/api.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema

from kit.api.batches import ERRORS, CallRefused, ErrorAnswer
from kit.api.exact import ExactEncoder
from kit.texts.ids import id_in
from sellers.token_auth import ApiRequest, seller_asked_for
from violations.models import Violation

from .models import Attempt
from .next_steps import NextStep, appeal_steps, next_steps
from .plan.rules import Goal, Pass, Plan
from .plan.selectors import find_plan
from .selectors import EligibleViolation, MilestoneQuiz, OpenQuiz, attempts_of, milestone_quizzes, open_quizzes

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


class PossibleAppealAnswer(Schema):
    policy: str
    violation: str
    points: int = Field(description="What it takes off at most, if the facts are wrong.")
    until: datetime


class MilestoneQuizAnswer(Schema):
    action: str = Field(description="What kind of enforcement action it shortens.")
    ends_at: datetime = Field(description="When the action ends, and the quiz closes.")
    shortened_until: datetime = Field(description="When the action would end if the quiz were passed now.")


class PlanAnswer(Schema):
    seller: str
    at: datetime = Field(description="When this was answered.")
    total: int
    goals: list[GoalAnswer] = Field(description="What is not reached yet, good standing first.")
    steps: list[StepAnswer]
    milestone_quizzes: list[MilestoneQuizAnswer] = Field(description="They shorten actions; goals count on them.")
    appeals: list[PossibleAppealAnswer] = Field(description="Not part of the plan: only for facts that are wrong.")


ATTEMPTS = 100
"""How many attempts an answer has."""


class EligibleAnswer(Schema):
    violation: str
    points_left: int
    points: int = Field(description="What a rewarded pass takes off it.")
    until: datetime = Field(description="The first moment at which the quiz is closed for it.")


class OpenQuizAnswer(Schema):
    policy: str
    until: datetime = Field(description="The next moment at which it closes for a violation.")
    attempts_left: int
    rewards_left: int = Field(description="Rewarded passes of this month, for all quizzes together.")
    open_attempt: int | None
    violations: list[EligibleAnswer] = Field(description="What it closes for first comes first.")


class QuizzesAnswer(Schema):
    seller: str
    at: datetime
    quizzes: list[OpenQuizAnswer]
    milestone_quizzes: list[MilestoneQuizAnswer] = Field(description="They shorten enforcement actions, once each.")


class AttemptAnswer(Schema):
    id: int
    policy: str
    is_milestone: bool = Field(description="Whether it is the milestone quiz of an enforcement action.")
    state: Attempt.State
    started_at: datetime
    ends_at: datetime = Field(description="The first moment at which it can no longer be submitted.")
    submitted_at: datetime | None
    asked: int
    right_answers: int | None
    points: int = Field(description="What it took off.")
    violation: str | None = Field(description="What it took points off.")
    unrewarded: str = Field(description="Why a pass took nothing off: limit, nothing or over.")


class AttemptsAnswer(Schema):
    seller: str
    at: datetime
    attempts: list[AttemptAnswer] = Field(description="The newest first.")
    next: int | None = Field(description="The before of the next page.")


@router.get(
    "/sellers/{path:external_id}/quizzes",
    response=ERRORS | {200: QuizzesAnswer, 404: ErrorAnswer},
    operation_id="get_quizzes",
    summary="Which quizzes are open to a seller, and what they can take off",
)
def quizzes(request: ApiRequest, external_id: Path[str]) -> HttpResponse:
    """The next to close first. Sellers take them on their own pages."""
    now, seller = timezone.now(), seller_asked_for(request, external_id)
    answer = {
        "seller": seller.external_id,
        "at": now,
        "quizzes": [_quiz(quiz) for quiz in open_quizzes(seller=seller, as_of=now)],
        "milestone_quizzes": [_milestone_quiz(one) for one in milestone_quizzes(seller=seller, as_of=now)],
    }
    return JsonResponse(answer, encoder=ExactEncoder)


def _quiz(quiz: OpenQuiz) -> dict[str, object]:
    return {
        "policy": quiz.quiz.policy.code,
        "until": quiz.closes_at,
        "attempts_left": quiz.attempts_left,
        "rewards_left": quiz.rewards_left,
        "open_attempt": quiz.open_attempt.pk if quiz.open_attempt else None,
        "violations": [_eligible(quiz, item) for item in quiz.eligible],
    }


def _eligible(quiz: OpenQuiz, item: EligibleViolation) -> dict[str, object]:
    return {
        "violation": item.violation.external_id,
        "points_left": item.points_left,
        "points": quiz.gain_on(item),
        "until": item.closes_at,
    }


@router.get(
    "/sellers/{path:external_id}/attempts",
    response=ERRORS | {200: AttemptsAnswer, 404: ErrorAnswer, 422: ErrorAnswer},
    operation_id="get_attempts",
    summary="A seller's attempts at quizzes, and what became of them",
)
def attempts(
    request: ApiRequest,
    external_id: Path[str],
    before: Annotated[str | None, Query(description="The next of the page before.")] = None,
) -> HttpResponse:
    """A hundred at a time. An attempt that was left shows as timed out as soon as its time is over."""
    now, seller = timezone.now(), seller_asked_for(request, external_id)
    found = attempts_of(seller).order_by("-id")
    page = list((found if before is None else found.filter(pk__lt=_asked_id(before)))[: ATTEMPTS + 1])
    answer = {
        "seller": seller.external_id,
        "at": now,
        "attempts": [_attempt(one, now=now) for one in page[:ATTEMPTS]],
        "next": page[ATTEMPTS - 1].pk if len(page) > ATTEMPTS else None,
    }
    return JsonResponse(answer, encoder=ExactEncoder)


def _asked_id(text: str) -> int:
    found = id_in(text)
    if not found:
        raise CallRefused(422, "before is the next of the page before: a whole number.")
    return found


def _attempt(attempt: Attempt, *, now: datetime) -> dict[str, object]:
    return {
        "id": attempt.pk,
        "policy": attempt.quiz.policy.code,
        "is_milestone": attempt.action_id is not None,
        "state": attempt.state(as_of=now),
        "started_at": attempt.started_at,
        "ends_at": attempt.ends_at,
        "submitted_at": attempt.submitted_at,
        "asked": attempt.asked,  # type: ignore[attr-defined]  # annotated
        "right_answers": attempt.right_answers,
        "points": attempt.gain,
        "violation": attempt.credit.violation.external_id if attempt.credit else None,
        "unrewarded": attempt.unrewarded,
    }


@router.get(
    "/sellers/{path:external_id}/plan",
    response=ERRORS | {200: PlanAnswer, 404: ErrorAnswer},
    operation_id="get_plan",
    summary="What brings a seller back to good standing, and when",
)
def plan(request: ApiRequest, external_id: Path[str]) -> HttpResponse:
    """The quizzes that bring it soonest, as the seller's own pages say it."""
    now, seller = timezone.now(), seller_asked_for(request, external_id)
    steps = next_steps(seller=seller, as_of=now)
    milestones = milestone_quizzes(seller=seller, as_of=now)
    found = find_plan(steps.prospect, steps.planned, seller=seller, milestones=milestones)
    violations = {item.violation.pk: item.violation for quiz in steps.open_quizzes.values() for item in quiz.eligible}
    appeals = appeal_steps(seller=seller, as_of=now)
    answer = {
        "seller": seller.external_id,
        "at": now,
        "total": steps.prospect.total_at(now),
        "goals": [_goal(found, goal) for goal in found.goals],
        "steps": [_step(one, violations[one.option.violation_id]) for one in found.passes],
        "milestone_quizzes": [_milestone_quiz(one) for one in milestones],
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


def _milestone_quiz(one: MilestoneQuiz) -> dict[str, object]:
    return {"action": one.action.kind, "ends_at": one.action.ends_at, "shortened_until": one.shortened_until}


def _appeal(step: NextStep, violation: Violation) -> dict[str, object]:
    return {
        "policy": violation.policy.code,
        "violation": violation.external_id,
        "points": step.points,
        "until": step.deadline,
    }

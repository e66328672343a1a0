"""What a seller can do next and what it brings: one answer for dashboard, lists, reports, emails and documents.

Steps are facts; ``presentation`` says how they are shown. Nothing is promised that the rules would not give: each step
counts from what is left now, and a market's limit of rewarded passes is shared out among the open quizzes before any of
them is called a gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any

from policies.models import Policy
from sellers.models import Seller
from violations.models import Violation
from violations.selectors import appealable, violations_of

from . import rules
from .selectors import EligibleViolation, OpenQuiz, open_quizzes


class StepKind(StrEnum):
    QUIZ = "quiz"
    CLOSED = "closed"
    """A quiz that is open, and of which no pass is rewarded in time."""
    APPEAL = "appeal"
    NONE = "none"


class Reason(Enum):
    """Why a step brings nothing, or not yet."""

    VOIDED = "the violation was voided"
    NO_POINTS = "the violation counts no points"
    NO_QUIZ = "no quiz is open for the violation"
    NO_REWARDS = "the market rewards no passes"
    CLOSES_FIRST = "attempts are used, and the quiz closes before the next ones"
    ATTEMPTS_USED = "this month's attempts are used"
    REWARDS_USED = "this month's rewarded passes are used"
    OTHERS_FIRST = "rewarded passes go to other violations"


@dataclass(frozen=True)
class NextStep:
    """Something to do, or why there is nothing. ``points`` is what it takes off at most.

    ``violation`` is set if it is about one violation, else it is about a quiz. ``deadline`` is the first moment after
    it, and ``last_day`` the local day before; ``opens_at`` is set while it cannot be done yet.
    """

    kind: StepKind
    policy_name: str
    points: int = 0
    quiz: OpenQuiz | None = None
    violation: Violation | None = None
    deadline: datetime | None = None
    last_day: date | None = None
    opens_at: datetime | None = None
    reason: Reason | None = None


@dataclass(frozen=True)
class RewardLimit:
    """A market's limit of rewarded passes, where it leaves out violations with an open quiz."""

    passes: int
    """How many the market rewards a month."""
    promised: int
    """How many violations can lose points."""
    eligible: int


@dataclass(frozen=True)
class NextSteps:
    """The steps of a seller at a moment, those that can be done now first, the most points before the fewer.

    ``closed`` are open quizzes of which no pass is rewarded in time. ``limit`` is set if the market's limit leaves out
    violations with an open quiz.
    """

    quizzes: Sequence[NextStep]
    closed: Sequence[NextStep]
    limit: RewardLimit | None
    open_quizzes: Mapping[str, OpenQuiz]
    """By the code of their policy."""
    by_violation: Mapping[int, NextStep]
    """The step of each violation that has a quiz, by its id."""

    def about(self, violation: Violation) -> NextStep:
        """The step about one violation that carries ``points_left`` and ``points_until`` (annotated)."""
        if violation.voided_at is not None:
            return _nothing(violation, Reason.VOIDED)
        if not violation.points_left:  # type: ignore[attr-defined]  # annotated
            return _nothing(violation, Reason.NO_POINTS)
        return self.by_violation.get(violation.pk) or _nothing(violation, Reason.NO_QUIZ)


def _nothing(violation: Violation, reason: Reason) -> NextStep:
    return NextStep(StepKind.NONE, violation.policy.name, violation=violation, reason=reason)


def next_steps(*, seller: Seller, as_of: datetime, names: Mapping[str, str] | None = None) -> NextSteps:
    """What a seller can do at a moment (3 queries, 1 if no quiz is open); ``appeal_steps`` come after them.

    ``names`` are what policies are to be called, by code, where that is not what they are called now.
    """
    quizzes = open_quizzes(seller=seller, as_of=as_of)
    promised = _promised(quizzes)
    by_violation = {
        item.violation.pk: _step(quiz, item, promised, name=_called(quiz.quiz.policy, names))
        for quiz in quizzes
        for item in quiz.eligible
    }
    steps = [_step_of_quiz(quiz, by_violation, promised, name=_called(quiz.quiz.policy, names)) for quiz in quizzes]
    return NextSteps(
        quizzes=sorted((step for step in steps if step.kind is StepKind.QUIZ), key=_order),
        closed=[step for step in steps if step.kind is StepKind.CLOSED],
        limit=_limit(quizzes, promised),
        open_quizzes={quiz.quiz.policy.code: quiz for quiz in quizzes},
        by_violation=by_violation,
    )


def _order(step: NextStep) -> tuple[bool, int, datetime | None, str]:
    """What can be done now first, then the most points, then what closes first."""
    return step.opens_at is not None, -step.points, step.deadline, step.policy_name


def with_a_quiz(seller: Seller, as_of: datetime) -> list[int]:
    """The violations of a seller of which a quiz, now or once the month's limits start anew, still removes a point."""
    steps = next_steps(seller=seller, as_of=as_of).by_violation
    return [violation_id for violation_id, step in steps.items() if step.kind is StepKind.QUIZ]


def _promised(quizzes: Sequence[OpenQuiz]) -> dict[int, rules.RewardMonth]:
    """In which month a pass takes points off each violation, as far as the limits reach."""
    if not quizzes or not quizzes[0].rewards_limit:
        return {}
    first = quizzes[0]
    return rules.promised_passes(
        [_candidate(quiz, item) for quiz in quizzes for item in quiz.eligible],
        rewards={rules.RewardMonth.THIS: first.rewards_left, rules.RewardMonth.NEXT: first.rewards_limit},
        attempts={key: left for quiz in quizzes for key, left in _attempts_left(quiz).items()},
        next_month_at=first.next_month_at,
    )


def _candidate(quiz: OpenQuiz, item: EligibleViolation) -> rules.Candidate:
    return rules.Candidate(
        violation_id=item.violation.pk,
        quiz_id=quiz.quiz.pk,
        gain=_gain(quiz, item),
        closes_at=item.closes_at,
        is_begun=quiz.open_attempt is not None and item is quiz.goal,
    )


def _attempts_left(quiz: OpenQuiz) -> dict[tuple[int, rules.RewardMonth], int]:
    """An open attempt is one that can still be passed this month."""
    return {
        (quiz.quiz.pk, rules.RewardMonth.THIS): quiz.attempts_left + (quiz.open_attempt is not None),
        (quiz.quiz.pk, rules.RewardMonth.NEXT): quiz.quiz.attempts_per_month,
    }


def _step_of_quiz(
    quiz: OpenQuiz, by_violation: Mapping[int, NextStep], promised: Mapping[int, rules.RewardMonth], *, name: str
) -> NextStep:
    """The best of the steps of its violations: what can be done now first, then its goal, then by deadline."""
    goal_first = sorted(quiz.eligible, key=lambda item: item is not quiz.goal)
    rewarded = [by_violation[item.violation.pk] for item in goal_first if item.violation.pk in promised]
    best = min(rewarded, key=lambda step: step.opens_at is not None, default=None)
    return replace(best, violation=None) if best else _no_reward(quiz, name=name)


def _step(quiz: OpenQuiz, item: EligibleViolation, promised: Mapping[int, rules.RewardMonth], *, name: str) -> NextStep:
    """Taking a quiz for one violation, or waiting if no pass for it would be rewarded."""
    month = promised.get(item.violation.pk)
    if month is None:
        return replace(_no_reward(quiz, name=name), violation=item.violation)
    step = NextStep(
        kind=StepKind.QUIZ,
        policy_name=name,
        points=_gain(quiz, item),
        quiz=quiz,
        violation=item.violation,
        deadline=item.closes_at,
        last_day=item.last_day,
    )
    if month is rules.RewardMonth.THIS:
        return step
    return replace(step, opens_at=quiz.next_month_at, reason=_why_not_this_month(quiz))


def _gain(quiz: OpenQuiz, item: EligibleViolation) -> int:
    return min(quiz.quiz.pass_points, item.points_left)


def _why_not_this_month(quiz: OpenQuiz) -> Reason:
    if not quiz.can_take:
        return Reason.ATTEMPTS_USED
    return Reason.OTHERS_FIRST if quiz.rewards_left else Reason.REWARDS_USED


def _no_reward(quiz: OpenQuiz, *, name: str) -> NextStep:
    """An open quiz of which no pass is rewarded before it closes: nothing to do, with the reason."""
    if not quiz.rewards_limit:
        reason = Reason.NO_REWARDS
    elif not quiz.can_take and quiz.again_at is None:
        reason = Reason.CLOSES_FIRST
    else:
        reason = Reason.OTHERS_FIRST
    return NextStep(StepKind.CLOSED, name, quiz=quiz, deadline=quiz.closes_at, last_day=quiz.last_day, reason=reason)


def _limit(quizzes: Sequence[OpenQuiz], promised: Mapping[int, rules.RewardMonth]) -> RewardLimit | None:
    eligible = sum(len(quiz.eligible) for quiz in quizzes)
    if not quizzes or not quizzes[0].rewards_limit or len(promised) == eligible:
        return None
    return RewardLimit(quizzes[0].rewards_limit, len(promised), eligible)


def appeal_steps(*, seller: Seller, as_of: datetime, names: Mapping[str, str] | None = None) -> list[NextStep]:
    """What can still be appealed and would take points away, the most first, then what closes first (1 query).

    These never lead: they are for the case that the facts are wrong.
    """
    found: Iterable[Any] = appealable(violations_of(seller=seller, as_of=as_of), as_of=as_of).some_left()
    return [
        NextStep(
            kind=StepKind.APPEAL,
            policy_name=_called(violation.policy, names),
            points=violation.points_left,
            violation=violation,
            deadline=violation.appeal_until,
        )
        for violation in sorted(found, key=lambda one: (-one.points_left, one.appeal_until, one.pk))
    ]


def _called(policy: Policy, names: Mapping[str, str] | None) -> str:
    return (names or {}).get(policy.code, policy.name)

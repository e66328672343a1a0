"""What a seller can do next and what it brings: one answer for dashboard, lists, reports, emails and documents.

Steps are facts; ``presentation`` says how they are shown. Nothing is promised that the rules would not give. Each step
counts from what is left now. Only the passes of the recovery plan are a gain, for the plan shares out what a market
rewards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from kit.database.reading import read_together
from kit.dates import last_day_before
from policies.models import Policy
from sellers.models import Seller
from violations.models import Violation, ViolationQuerySet
from violations.selectors import appealable, with_points_left

from .plan.rules import Pass, Prospect, RewardMonth
from .plan.selectors import passes_of, prospect_reads, prospects_from
from .selectors import EligibleViolation, OpenQuiz, QuizReads, open_quizzes_among, quiz_reads


class StepKind(StrEnum):
    QUIZ = "quiz"
    CLOSED = "closed"
    """A quiz that is open, and of which no pass is rewarded in time."""
    MILESTONE = "milestone_quiz"
    """It shortens an enforcement action."""
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
    it, and ``last_day`` the local day before; ``opens_at`` is set while it cannot be done yet. ``planned`` is the pass
    that it counts on, and ``target`` what that takes points off; ``is_again``: one of the same quiz comes before.
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
    planned: Pass | None = None
    target: EligibleViolation | None = None
    is_again: bool = False


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
    """The steps of a seller at a moment. Those that can be done now come first, the most points before the fewer.

    ``prospect`` is how its total goes on if nothing is done. ``passes`` has a step for each pass of the recovery plan,
    ``quizzes`` the first of each quiz. ``closed`` are open quizzes of which no pass is rewarded in time. ``limit`` is
    set if the market's limit leaves out violations with an open quiz.
    """

    prospect: Prospect
    passes: Sequence[NextStep]
    quizzes: Sequence[NextStep]
    closed: Sequence[NextStep]
    limit: RewardLimit | None
    open_quizzes: Mapping[str, OpenQuiz]
    """By the code of their policy."""
    by_violation: Mapping[int, NextStep]
    """The step of each violation that has a quiz, by its id."""

    @property
    def planned(self) -> tuple[Pass, ...]:
        """The passes of the recovery plan."""
        return tuple(step.planned for step in self.passes if step.planned)

    def count_passes(self, quiz: OpenQuiz | None) -> int:
        """How many passes of a quiz are in the recovery plan."""
        return sum(step.quiz is quiz for step in self.passes)

    def about(self, violation: Violation) -> NextStep:
        """The step about one violation that carries ``points_left`` and ``points_until`` (annotated)."""
        if violation.voided_at is not None:
            return _nothing(violation, Reason.VOIDED)
        if not violation.points_left:  # type: ignore[attr-defined]  # annotated
            return _nothing(violation, Reason.NO_POINTS)
        return self.by_violation.get(violation.pk) or _nothing(violation, Reason.NO_QUIZ)


def _nothing(violation: Violation, reason: Reason) -> NextStep:
    return NextStep(StepKind.NONE, violation.policy.name, violation=violation, reason=reason)


def next_steps(*, seller: Seller, as_of: datetime, beside: Iterable[QuerySet[Any, Any]] = ()) -> NextSteps:
    """What a seller can do at a moment (1 query); ``appeal_steps`` come after them.

    Reads ``beside`` come with theirs: these have their rows afterwards.
    """
    market, own = seller.market, [seller.pk]
    quizzes = quiz_reads(market=market, seller_ids=own, as_of=as_of)
    points = prospect_reads(market=market, seller_ids=own, as_of=as_of)
    read_together(*quizzes, *points, *beside)
    prospect = prospects_from(points, market=market, seller_ids=own, as_of=as_of)[seller.pk]
    return steps_among(quizzes, seller=seller, prospect=prospect)


def steps_of_page(seller: Seller, *, as_of: datetime, beside: Iterable[QuerySet[Any, Any]] = ()) -> NextSteps:
    """The steps of a page's seller, who lives as long as the page: read once for all that asks."""
    kept = vars(seller)
    if "steps_of_page" not in kept:
        kept["steps_of_page"] = next_steps(seller=seller, as_of=as_of, beside=beside)
    found: NextSteps = kept["steps_of_page"]
    return found


def steps_among(reads: QuizReads, *, seller: Seller, prospect: Prospect) -> NextSteps:
    """The same at the moment of a prospect, from reads that are done."""
    quizzes = open_quizzes_among(reads, market=seller.market, as_of=prospect.now).get(seller.pk, [])
    return steps_of(quizzes, prospect=prospect, zone=seller.market.zone)


def steps_of(
    quizzes: Sequence[OpenQuiz], *, prospect: Prospect, zone: ZoneInfo, names: Mapping[str, str] | None = None
) -> NextSteps:
    """The steps of a seller whose open quizzes and prospect are at hand. No query."""
    planned = passes_of(quizzes, prospect=prospect)
    passes = _steps_of_plan(quizzes, planned, names=names, zone=zone)
    return _all_steps(prospect, quizzes, passes, names=names)


def _all_steps(
    prospect: Prospect, quizzes: Sequence[OpenQuiz], passes: Sequence[NextStep], *, names: Mapping[str, str] | None
) -> NextSteps:
    """The steps of a plan, and what becomes of the open quizzes and violations that it leaves out."""
    called = {quiz.quiz.pk: _called(quiz.quiz.policy, names) for quiz in quizzes}
    left_out = [quiz for quiz in quizzes if not any(step.quiz is quiz for step in passes)]
    return NextSteps(
        prospect=prospect,
        passes=passes,
        quizzes=[step for step in passes if not step.is_again],
        closed=[_no_reward(quiz, name=called[quiz.quiz.pk]) for quiz in left_out],
        limit=_limit(quizzes, passes),
        open_quizzes={quiz.quiz.policy.code: quiz for quiz in quizzes},
        by_violation={
            item.violation.pk: _step(quiz, item, passes, name=called[quiz.quiz.pk])
            for quiz in quizzes
            for item in quiz.eligible
        },
    )


def quiz_deadlines(seller: Seller, as_of: datetime) -> dict[int, datetime]:
    """By violation, the deadline of a quiz that still removes a point, now or once the month's limits start anew."""
    steps = steps_of_page(seller, as_of=as_of).by_violation
    return {
        violation_id: step.deadline
        for violation_id, step in steps.items()
        if step.kind is StepKind.QUIZ and step.deadline is not None
    }


def _steps_of_plan(
    quizzes: Sequence[OpenQuiz], planned: Iterable[Pass], *, names: Mapping[str, str] | None, zone: ZoneInfo
) -> list[NextStep]:
    """A step for each pass of a plan, in its order."""
    targets = {item.violation.pk: (quiz, item) for quiz in quizzes for item in quiz.eligible}
    steps: list[NextStep] = []
    for one in planned:
        quiz, item = targets[one.option.violation_id]
        step = _step_of_pass(quiz, item, one, name=_called(quiz.quiz.policy, names), zone=zone)
        steps.append(replace(step, is_again=any(before.quiz is quiz for before in steps)))
    return steps


def _step_of_pass(quiz: OpenQuiz, item: EligibleViolation, planned: Pass, *, name: str, zone: ZoneInfo) -> NextStep:
    step = NextStep(
        kind=StepKind.QUIZ,
        policy_name=name,
        points=planned.points,
        quiz=quiz,
        deadline=planned.until,
        last_day=last_day_before(planned.until, zone=zone),
        planned=planned,
        target=item,
    )
    if planned.month is RewardMonth.THIS:
        return step
    return replace(step, opens_at=planned.at, reason=_why_not_this_month(quiz))


def _step(quiz: OpenQuiz, item: EligibleViolation, passes: Iterable[NextStep], *, name: str) -> NextStep:
    """Taking a quiz for one violation, or waiting if no pass of the plan is for it."""
    step = next((step for step in passes if step.target is item), None) or _no_reward(quiz, name=name)
    return replace(step, violation=item.violation, is_again=False)


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


def _limit(quizzes: Sequence[OpenQuiz], passes: Iterable[NextStep]) -> RewardLimit | None:
    eligible = sum(len(quiz.eligible) for quiz in quizzes)
    promised = len({step.target.violation.pk for step in passes if step.target})
    if not quizzes or not quizzes[0].rewards_limit or promised == eligible:
        return None
    return RewardLimit(quizzes[0].rewards_limit, promised, eligible)


def appeal_steps(*, seller: Seller, as_of: datetime) -> list[NextStep]:
    """What can still be appealed and would take points away, the most first, then what closes first (1 query).

    These never lead: they are for the case that the facts are wrong.
    """
    return appeal_steps_among(appeal_reads(seller_ids=[seller.pk], as_of=as_of))


def appeal_reads(*, seller_ids: Collection[int], as_of: datetime) -> ViolationQuerySet:
    """The violations that ``appeal_steps`` are about, with ``points_left``."""
    violations = with_points_left(Violation.objects.filter(seller__in=seller_ids), as_of=as_of)
    return appealable(violations, as_of=as_of).some_left()


def appeal_steps_among(violations: Iterable[Any], *, names: Mapping[str, str] | None = None) -> list[NextStep]:
    """The steps about these violations, in the order of ``appeal_steps``."""
    ordered = sorted(violations, key=lambda one: (-one.points_left, one.appeal_until, one.pk))
    return [_appeal_step(violation, names) for violation in ordered]


def _appeal_step(violation: Any, names: Mapping[str, str] | None) -> NextStep:
    return NextStep(
        kind=StepKind.APPEAL,
        policy_name=_called(violation.policy, names),
        points=violation.points_left,
        violation=violation,
        deadline=violation.appeal_until,
    )


def _called(policy: Policy, names: Mapping[str, str] | None) -> str:
    return (names or {}).get(policy.code, policy.name)

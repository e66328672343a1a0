"""What a plan is made from: the coming total of a seller, and what its open quizzes can take off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q, Sum

from sellers.models import Seller
from violations.models import EnforcementAction, Milestone, PointsEntry
from violations.rules import PointsPeriod
from violations.selectors import Explanation, Standing

from ..selectors import EligibleViolation, OpenQuiz
from .optimiser import best_passes
from .rules import Limits, Option, Pass, Plan, Prospect, RewardMonth


def find_prospect(*, seller: Seller, as_of: datetime, milestones: Iterable[Milestone] | None = None) -> Prospect:
    """How a seller's total goes on from a moment if nothing is done (2 queries, 1 with the milestones at hand)."""
    entries = PointsEntry.objects.filter(seller=seller).counting(as_of=as_of).order_by().values_list("expires_at")
    if milestones is None:
        milestones = seller.market.milestones.in_force(as_of=as_of)
    return Prospect(
        now=as_of,
        periods=[PointsPeriod(points, as_of, until) for until, points in entries.annotate(Sum("points"))],
        thresholds=[milestone.points for milestone in milestones],
        approach_points=seller.market.approach_points,
    )


def prospect_of(explanation: Explanation) -> Prospect:
    """The same of what was explained of now: nothing more has to be read."""
    return Prospect(
        now=explanation.now,
        periods=[period for period in explanation.periods if period.start <= explanation.now < period.end],
        thresholds=[milestone.points for milestone in explanation.standing.milestones],
        approach_points=explanation.seller.market.approach_points,
    )


def passes_of(quizzes: Sequence[OpenQuiz], *, prospect: Prospect) -> tuple[Pass, ...]:
    """The passes of open quizzes that bring the seller back soonest, as far as the limits reach."""
    if not quizzes:
        return ()
    options = [_option(quiz, item) for quiz in quizzes for item in quiz.eligible]
    return best_passes(options, limits=_limits(quizzes, now=prospect.now), prospect=prospect)


def _option(quiz: OpenQuiz, item: EligibleViolation) -> Option:
    return Option(
        violation_id=item.violation.pk,
        quiz_id=quiz.quiz.pk,
        points_left=item.points_left,
        pass_points=quiz.quiz.pass_points,
        closes_at=item.closes_at,
        expires_at=item.expires_at,
        is_begun=quiz.open_attempt is not None and item is quiz.goal,
    )


def _limits(quizzes: Sequence[OpenQuiz], *, now: datetime) -> Limits:
    """Rewarded passes are those of all quizzes together. An open attempt is one that can still be passed this month."""
    first, attempts = quizzes[0], {}
    for quiz in quizzes:
        attempts[quiz.quiz.pk, RewardMonth.THIS] = quiz.attempts_left + (quiz.open_attempt is not None)
        attempts[quiz.quiz.pk, RewardMonth.NEXT] = quiz.quiz.attempts_per_month
    rewards = {RewardMonth.THIS: first.rewards_left, RewardMonth.NEXT: first.rewards_limit}
    return Limits(now, first.next_month_at, rewards, attempts)


def plan_of(prospect: Prospect, passes: tuple[Pass, ...], *, standing: Standing) -> Plan:
    """The plan of a seller with this standing, every pass kept."""
    return Plan(prospect, passes, passes, ends=[action.ends_at for action in (*standing.in_force, *standing.upcoming)])


def find_plan(prospect: Prospect, passes: tuple[Pass, ...], *, seller: Seller) -> Plan:
    """The same, where the standing is not at hand (1 query)."""
    now = prospect.now
    actions = EnforcementAction.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=now), seller=seller, lifted_at=None, noticed_at__lte=now
    )
    return Plan(prospect, passes, passes, ends=list(actions.values_list("ends_at", flat=True)))

"""What a plan is made from: the coming total of a seller, and what its open quizzes can take off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum

from sellers.models import Market, Seller
from violations.models import EnforcementAction, Milestone, PointsEntry
from violations.rules import PointsPeriod
from violations.selectors import Explanation, Standing

from ..selectors import EligibleViolation, MilestoneQuiz, OpenQuiz
from .optimiser import best_passes
from .rules import Limits, Option, Pass, Plan, Prospect, RewardMonth


@dataclass(frozen=True)
class ProspectReads:
    """What prospects are made of: the points that count, by seller and end, and the milestones."""

    counting: QuerySet[PointsEntry, tuple[int, datetime, int]]
    milestones: QuerySet[Milestone]

    def __iter__(self) -> Iterator[QuerySet[Any, Any]]:
        return iter((self.counting, self.milestones))


def prospect_reads(*, market: Market, seller_ids: Collection[int], as_of: datetime) -> ProspectReads:
    """What ``prospects_from`` makes prospects of, of some sellers of a market."""
    entries = PointsEntry.objects.filter(seller__in=seller_ids).counting(as_of=as_of).order_by()
    counting = entries.values_list("seller_id", "expires_at").annotate(Sum("points"))
    return ProspectReads(counting, market.milestones.in_force(as_of=as_of))


def prospects_from(
    reads: ProspectReads, *, market: Market, seller_ids: Collection[int], as_of: datetime
) -> dict[int, Prospect]:
    """How the totals of sellers go on from a moment if nothing is done, from reads that are done."""
    periods: dict[int, list[PointsPeriod]] = defaultdict(list)
    for seller_id, until, points in reads.counting:
        periods[seller_id].append(PointsPeriod(points, as_of, until))
    thresholds = [milestone.points for milestone in reads.milestones]
    return {
        seller_id: Prospect(as_of, periods[seller_id], thresholds, market.approach_points) for seller_id in seller_ids
    }


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


def plan_of(
    prospect: Prospect, passes: tuple[Pass, ...], *, standing: Standing, milestones: Sequence[MilestoneQuiz] = ()
) -> Plan:
    """The plan of a seller with this standing, every pass kept; ``milestones`` are the milestone quizzes on offer."""
    ends = [action.ends_at for action in (*standing.in_force, *standing.upcoming)]
    return Plan(prospect, passes, passes, ends=ends, shortened=shortened_ends(ends, milestones))


def find_plan(
    prospect: Prospect, passes: tuple[Pass, ...], *, seller: Seller, milestones: Sequence[MilestoneQuiz] = ()
) -> Plan:
    """The same, where the standing is not at hand (1 query)."""
    ends = [end for _, end in ends_of_actions(seller_ids=[seller.pk], as_of=prospect.now)]
    return Plan(prospect, passes, passes, ends=ends, shortened=shortened_ends(ends, milestones))


def shortened_ends(ends: Sequence[datetime | None], milestones: Iterable[MilestoneQuiz]) -> list[datetime | None]:
    """When actions end once the milestone quizzes on offer are passed."""
    shorter = list(ends)
    for one in milestones:
        if one.action.ends_at in shorter:
            shorter[shorter.index(one.action.ends_at)] = one.shortened_until
    return shorter


def ends_of_actions(
    *, seller_ids: Collection[int], as_of: datetime
) -> QuerySet[EnforcementAction, tuple[int, datetime | None]]:
    """Sellers, and when their actions end that are in force or to come: ``None`` for until it is lifted."""
    actions = EnforcementAction.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=as_of), seller__in=seller_ids, lifted_at=None, noticed_at__lte=as_of
    )
    return actions.values_list("seller_id", "ends_at")

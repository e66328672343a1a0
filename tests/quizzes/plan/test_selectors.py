"""The plan of a seller as the ledger, the open quizzes and the enforcement make it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from quizzes.next_steps import Reason, StepKind, next_steps
from quizzes.plan.rules import Plan, RewardMonth
from quizzes.plan.selectors import plan_of
from sellers.models import Market, Seller
from tests.factories import LONG_AGO, NOW, MarketFactory, PolicyFactory, QuizFactory, SellerFactory, issue
from tests.quizzes.helpers import left, start, take
from violations.models import EnforcementAction, Violation
from violations.selectors import get_standing
from violations.services import lift_action

pytestmark = pytest.mark.django_db

DECEMBER = datetime.fromisoformat("2026-12-01T00:00-05:00")
JANUARY = datetime.fromisoformat("2027-01-01T00:00-05:00")


@pytest.fixture
def seller() -> Seller:
    made: Seller = SellerFactory(market=MarketFactory(code="US"), created_at=LONG_AGO)
    return made


def breach(seller: Seller, points: int, *, now: datetime = NOW, name: str = "Claims") -> Violation:
    """A violation of a policy of its own, which has a quiz."""
    policy = PolicyFactory(points=points, name=name)
    QuizFactory(policy=policy)
    return issue(seller, policy, now=now)


def plan_at(seller: Seller, moment: datetime) -> Plan:
    standing = get_standing(seller=seller, as_of=moment)
    steps = next_steps(seller=seller, as_of=moment)
    return plan_of(steps.prospect, steps.planned, standing=standing)


def made(plan: Plan) -> list[tuple[int, RewardMonth, int]]:
    return [(one.option.violation_id, one.month, one.points) for one in plan.passes]


def test_plan_says_when_good_standing_comes_with_nothing_done_and_with_quizzes(seller: Seller) -> None:
    """9 points: 3 end first, so that good standing (below 7) waits for them, or for three passes."""
    first = breach(seller, 3, now=NOW - timedelta(days=10))
    breach(seller, 6)
    plan = plan_at(seller, NOW)
    (goal,) = plan.goals
    assert (goal.milestone, goal.planned) == (None, NOW)
    assert goal.without == first.issued_at + timedelta(days=180)
    assert len(plan.needed(goal)) == 3
    assert plan.total == 9 - 6


def test_what_a_plan_promises_is_what_taking_the_quizzes_brings(seller: Seller) -> None:
    """Every pass of the plan, taken in its order when it can be, takes off what it said."""
    market = seller.market
    Market.objects.filter(pk=market.pk).update(rewarded_passes_per_month=2)
    market.refresh_from_db()
    violations = {one.pk: one for one in (breach(seller, 2), breach(seller, 1), breach(seller, 3))}
    steps = next_steps(seller=seller, as_of=NOW)
    total = steps.prospect.total_at(NOW)
    for step in steps.passes:
        assert step.planned is not None
        assert step.quiz is not None
        violation = violations[step.planned.option.violation_id]
        moment = max(NOW, step.planned.at)
        attempt = take(seller, step.quiz.quiz, violation=violation, now=moment)
        assert (attempt.gain, attempt.credit.violation_id) == (step.points, violation.pk)
    assert len(steps.passes) == 4
    assert sum(left(one, at=DECEMBER) for one in violations.values()) == total - 4


def test_plan_knows_what_is_used_of_the_month(seller: Seller) -> None:
    violation = breach(seller, 4)
    quiz = next_steps(seller=seller, as_of=NOW).passes[0].quiz
    assert quiz is not None
    take(seller, quiz.quiz, now=NOW)
    take(seller, quiz.quiz, right=0, now=NOW)
    pk = violation.pk
    assert made(plan_at(seller, NOW)) == [
        (pk, RewardMonth.THIS, 1), (pk, RewardMonth.NEXT, 1), (pk, RewardMonth.NEXT, 1),
    ]  # fmt: skip
    start(seller, quiz.quiz, now=NOW)
    assert made(plan_at(seller, NOW))[0] == (pk, RewardMonth.THIS, 1)


def test_points_that_end_before_the_next_month_are_not_planned_for_it(seller: Seller) -> None:
    """A violation told late: its quiz is open until the end of the next month, its points are over before."""
    decided = NOW - timedelta(days=175)
    policy = PolicyFactory(points=8)
    QuizFactory(policy=policy, attempts_per_month=1)
    violation = issue(seller, policy, now=NOW, issued_at=decided)
    (step,) = next_steps(seller=seller, as_of=NOW).passes
    assert (step.planned and step.planned.month, step.deadline) == (RewardMonth.THIS, decided + timedelta(days=180))
    assert step.last_day == (decided + timedelta(days=180)).date()
    assert step.target is not None
    assert step.target.violation == violation


def test_a_step_that_takes_the_place_of_another_next_month_is_due_in_this_one(seller: Seller) -> None:
    """One pass a month is rewarded: what is planned for this month cannot wait for the next."""
    Market.objects.filter(pk=seller.market_id).update(rewarded_passes_per_month=1)
    seller.market.refresh_from_db()
    breach(seller, 1)
    breach(seller, 2)
    steps = next_steps(seller=seller, as_of=NOW).passes
    assert [(step.deadline, step.opens_at) for step in steps] == [(DECEMBER, None), (JANUARY, DECEMBER)]
    assert str(steps[0].last_day) == "2026-11-30"


def test_one_pass_that_can_wait_is_due_when_its_quiz_closes(seller: Seller) -> None:
    breach(seller, 1)
    (step,) = next_steps(seller=seller, as_of=NOW).passes
    assert step.deadline == JANUARY


def test_several_passes_of_one_quiz_are_one_step_of_its_quiz(seller: Seller) -> None:
    violation = breach(seller, 3)
    steps = next_steps(seller=seller, as_of=NOW)
    assert [step.is_again for step in steps.passes] == [False, True, True]
    assert [step.planned for step in steps.quizzes] == [steps.passes[0].planned]
    assert steps.by_violation[violation.pk].points == 1


def test_quiz_whose_violations_others_come_before_waits(seller: Seller) -> None:
    """Both rewarded passes go to what keeps good standing away; the points that end sooner wait for their end."""
    Market.objects.filter(pk=seller.market_id).update(rewarded_passes_per_month=1)
    seller.market.refresh_from_db()
    sooner = breach(seller, 2, now=NOW - timedelta(days=12))
    later = breach(seller, 7)
    steps = next_steps(seller=seller, as_of=NOW)
    assert {step.target.violation for step in steps.passes if step.target} == {later}
    assert steps.by_violation[sooner.pk].kind is StepKind.CLOSED
    assert [step.reason for step in steps.closed] == [Reason.OTHERS_FIRST]


def test_enforcement_decides_when_good_standing_comes(seller: Seller) -> None:
    breach(seller, 13)
    action = EnforcementAction.objects.get()
    EnforcementAction.objects.filter(pk=action.pk).update(ends_at=None)
    goals = plan_at(seller, NOW).goals
    assert [(goal.milestone, goal.planned) for goal in goals] == [(None, None), (12, NOW)]


def test_an_action_that_is_lifted_does_not_count(seller: Seller, admin_user: Any) -> None:
    breach(seller, 13)
    later = NOW + timedelta(hours=1)
    lift_action(action=EnforcementAction.objects.get(), lifted_by=admin_user, reason="Imposed by mistake.", now=later)
    assert plan_at(seller, later + timedelta(minutes=1)).ends == []


@pytest.mark.parametrize("count", [1, 300])
def test_a_plan_takes_the_same_queries_for_any_number(
    seller: Seller, count: int, django_assert_num_queries: Any
) -> None:
    policy = PolicyFactory(points=1)
    QuizFactory(policy=policy)
    for _ in range(count):
        issue(seller, policy, now=NOW)
    standing = get_standing(seller=seller, as_of=NOW)
    with django_assert_num_queries(1):
        steps = next_steps(seller=seller, as_of=NOW)
        plan_of(steps.prospect, steps.planned, standing=standing)


def test_without_an_open_quiz_one_query_is_enough(seller: Seller, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert next_steps(seller=seller, as_of=NOW).passes == []

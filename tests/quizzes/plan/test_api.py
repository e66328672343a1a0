"""The recovery plan over the API."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from sellers.models import Market, Seller
from sellers.services import record_token_use
from tests.api import Caller
from tests.factories import LONG_AGO, MarketFactory, PolicyFactory, QuizFactory, SellerFactory, issue
from violations.models import EnforcementAction, PointsEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    made: Market = MarketFactory(rewarded_passes_per_month=2)
    return made


@pytest.fixture
def caller(market: Market) -> Caller:
    return Caller(market)


@pytest.fixture
def seller(market: Market) -> Seller:
    made: Seller = SellerFactory(market=market, external_id="glow-1", created_at=LONG_AGO)
    return made


def breach(seller: Seller, points: int, external_id: str, *, code: str = "claims") -> None:
    policy = PolicyFactory(points=points, code=code)
    QuizFactory(policy=policy)
    issue(seller, policy, now=timezone.now() - timedelta(hours=1), external_id=external_id)


def plan(caller: Caller, external_id: str = "glow-1") -> dict[str, Any]:
    response = caller.get(f"sellers/{external_id}/plan")
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = json.loads(response.content)
    return answer


def test_plan_names_goals_steps_and_appeals(caller: Caller, seller: Seller) -> None:
    breach(seller, 8, "V-1")
    told = plan(caller)
    entry = PointsEntry.objects.get()
    assert (told["seller"], told["total"]) == ("glow-1", 8)
    (goal,) = told["goals"]
    assert (goal["goal"], goal["milestone"], goal["quizzes"]) == ("good_standing", None, 2)
    assert datetime.fromisoformat(goal["without"]) == entry.expires_at
    assert goal["planned"] == told["at"]
    assert [(step["policy"], step["violation"], step["points"]) for step in told["steps"]] == [("claims", "V-1", 1)] * 4
    assert [step["opens_at"] == told["at"] for step in told["steps"]] == [True, True, False, False]
    assert all(datetime.fromisoformat(step["counts_until"]) == entry.expires_at for step in told["steps"])
    assert all(step["opens_at"] < step["until"] for step in told["steps"])
    assert [(one["policy"], one["violation"], one["points"]) for one in told["appeals"]] == [("claims", "V-1", 8)]


def test_a_goal_that_points_do_not_reach_has_no_date(caller: Caller, seller: Seller) -> None:
    breach(seller, 12, "V-1")
    EnforcementAction.objects.update(ends_at=None)
    good, below = plan(caller)["goals"]
    assert (good["without"], good["planned"], good["quizzes"]) == (None, None, 0)
    assert (below["goal"], below["milestone"], below["quizzes"]) == ("below_milestone", 12, 1)


def test_a_clean_seller_has_nothing_to_reach(caller: Caller, seller: Seller) -> None:
    told = plan(caller)
    assert (told["total"], told["goals"], told["steps"], told["appeals"]) == (0, [], [], [])


@pytest.mark.parametrize("external_id", ["glow-1", "nobody", "a%00b", "%ff", "x" * 300])
def test_seller_of_another_market_is_not_found(seller: Seller, external_id: str) -> None:
    stranger = Caller(MarketFactory())
    assert stranger.get(f"sellers/{external_id}/plan").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_plan_takes_the_same_queries_for_any_number(
    caller: Caller, seller: Seller, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        breach(seller, 3, f"V-{number}", code=f"policy-x{number}")
    record_token_use(token=caller.token, now=timezone.now())
    with django_assert_num_queries(5):
        plan(caller)

"""Open quizzes and attempts over the API."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from quizzes import api
from sellers.models import Market, Seller
from tests.api import Caller
from tests.factories import LONG_AGO, MarketFactory, PolicyFactory, QuizFactory, SellerFactory, issue
from tests.quizzes.helpers import start, take
from tests.quizzes.test_milestones import restrict

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    made: Market = MarketFactory()
    return made


@pytest.fixture
def caller(market: Market) -> Caller:
    return Caller(market)


@pytest.fixture
def seller(market: Market) -> Seller:
    made: Seller = SellerFactory(market=market, external_id="glow-1", created_at=LONG_AGO)
    return made


@pytest.fixture
def quiz(seller: Seller) -> Any:
    quiz = QuizFactory(policy=PolicyFactory(code="claims", points=2))
    issue(seller, quiz.policy, now=timezone.now() - timedelta(hours=3), external_id="V-1")
    return quiz


def asked(caller: Caller, path: str) -> dict[str, Any]:
    response = caller.get(f"sellers/{path}")
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = json.loads(response.content)
    return answer


def test_quizzes_say_what_is_open_and_what_it_takes_off(caller: Caller, seller: Seller, quiz: Any) -> None:
    attempt = start(seller, quiz, now=timezone.now())

    [told] = asked(caller, "glow-1/quizzes")["quizzes"]

    [eligible] = told.pop("violations")
    assert (eligible["violation"], eligible["points_left"], eligible["points"]) == ("V-1", 2, 1)
    assert told.pop("until") == eligible["until"]
    assert told == {"policy": "claims", "attempts_left": 2, "rewards_left": 3, "open_attempt": attempt.pk}


def test_quizzes_of_a_seller_without_any_are_none(caller: Caller, seller: Seller) -> None:
    assert asked(caller, "glow-1/quizzes")["quizzes"] == []


def test_quizzes_name_the_milestone_quiz_of_an_action(caller: Caller, market: Market, seller: Seller) -> None:
    now = timezone.now() - timedelta(minutes=5)
    Market.objects.filter(pk=market.pk).update(milestone_quiz_share=50)
    action = restrict(seller, [QuizFactory(policy=PolicyFactory(points=6)) for _ in range(2)], now=now)

    [told] = asked(caller, "glow-1/quizzes")["milestone_quizzes"]

    assert (told["action"], told["shortened_until"] < told["ends_at"]) == (action.kind, True)
    assert asked(caller, "glow-1/plan")["milestone_quizzes"][0]["ends_at"] == told["ends_at"]


def test_attempts_say_what_became_of_each(caller: Caller, seller: Seller, quiz: Any) -> None:
    now = timezone.now()
    left = start(seller, quiz, now=now - timedelta(hours=2))
    passed = take(seller, quiz, now=now - timedelta(minutes=30))
    failed = take(seller, quiz, right=1, now=now)

    told = asked(caller, "glow-1/attempts")

    assert told["next"] is None
    names = ("id", "state", "asked", "right_answers", "points", "violation", "unrewarded")
    assert [tuple(one[name] for name in names) for one in told["attempts"]] == [
        (failed.pk, "failed", 3, 1, 0, None, ""),
        (passed.pk, "passed", 3, 3, 1, "V-1", ""),
        (left.pk, "timed_out", 3, 0, 0, None, ""),
    ]
    assert "choices" not in json.dumps(told)


def test_attempts_come_in_pages(caller: Caller, seller: Seller, quiz: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "ATTEMPTS", 2)
    made = [take(seller, quiz, right=0, now=timezone.now()).pk for _ in range(3)]

    first = asked(caller, "glow-1/attempts")
    second = asked(caller, f"glow-1/attempts?before={first['next']}")

    assert [one["id"] for answer in (first, second) for one in answer["attempts"]] == made[::-1]
    assert second["next"] is None


@pytest.mark.parametrize("before", ["x", "-1", "1" * 30, "٣"])
def test_page_that_is_no_number_is_refused(caller: Caller, seller: Seller, before: str) -> None:
    response = caller.get(f"sellers/glow-1/attempts?before={before}")

    assert response.status_code == 422
    assert "whole number" in json.loads(response.content)["detail"]


@pytest.mark.parametrize("call", ["quizzes", "attempts"])
def test_seller_of_another_market_is_unknown(caller: Caller, call: str) -> None:
    SellerFactory(market=MarketFactory(), external_id="other-1")

    assert caller.get(f"sellers/other-1/{call}").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_calls_take_the_same_queries_for_any_number(
    caller: Caller, seller: Seller, quiz: Any, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        take(seller, quiz, right=0, now=timezone.now())
    asked(caller, "glow-1/quizzes")
    with django_assert_num_queries(3):
        asked(caller, "glow-1/quizzes")
    with django_assert_num_queries(3):
        asked(caller, "glow-1/attempts")

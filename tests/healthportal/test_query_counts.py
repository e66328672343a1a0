"""How many queries each page of a seller takes, named page by page: the same with one violation and with 300."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from sellers.models import Seller
from tests.factories import PolicyFactory, QuizFactory, draft
from tests.pages import ago, signed_in_seller, wait_for_room_in_the_minute, without_secret
from violations.services import issue_violations

pytestmark = pytest.mark.django_db

DRAWN = {
    "dashboard": 6,
    "dates": 6,
    "violations:list": 9,
    "violations:ledger": 9,
    "violations:what_if": 6,
    "violations:enforcement": 7,
    "violations:appeal_list": 5,
    "quizzes:list": 6,
    "quizzes:practice_list": 9,
    "workshops:seller_list": 8,
    "inbox:list": 8,
    "inbox:emails": 7,
    "reports:list": 6,
    "sellers:members": 6,
    "download": 6,
}
"""Four are those of the frame: session, person, their sellers and the unread messages."""

MAX_QUERIES = 10
"""What no page takes more of."""

KEPT = {"dashboard": 4, "violations:list": 4, "violations:ledger": 4}
"""Session, person, their sellers, and whether anything has changed since the page was drawn."""


@pytest.mark.parametrize("count", [1, 300])
@pytest.mark.parametrize(("name", "queries"), DRAWN.items())
def test_page_takes_the_same_queries_for_any_number(
    client: Client, name: str, queries: int, count: int, django_assert_num_queries: Any
) -> None:
    address = _address(client, name, count=count)
    cache.clear()
    with django_assert_num_queries(queries):
        assert client.get(address).status_code == 200


def test_no_page_takes_more_than_ten_queries() -> None:
    assert max(DRAWN.values()) <= MAX_QUERIES


@pytest.mark.parametrize("count", [1, 300])
@pytest.mark.parametrize(("name", "queries"), KEPT.items())
def test_page_that_is_kept_takes_four_queries(
    client: Client, name: str, queries: int, count: int, django_assert_num_queries: Any
) -> None:
    address = _address(client, name, count=count)
    wait_for_room_in_the_minute()
    drawn = client.get(address).text
    with django_assert_num_queries(queries):
        assert without_secret(client.get(address).text) == without_secret(drawn)


def _address(client: Client, name: str, *, count: int) -> str:
    """The page of a seller with violations, opened once before."""
    seller = signed_in_seller(client)
    _issue(seller, count=count)
    address = reverse(name, kwargs={"seller_id": seller.pk})
    client.get(address)
    return address


def _issue(seller: Seller, *, count: int) -> None:
    """Violations of one policy with a quiz, issued in one batch."""
    policy = PolicyFactory()
    QuizFactory(policy=policy)
    drafts = [draft(seller, policy, issued_at=ago(hours=2)) for _ in range(count)]
    issue_violations(market=seller.market, drafts=drafts, source="test", now=ago(hours=1))

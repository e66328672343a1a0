"""How many queries each page of a seller takes, named page by page: the same with one violation and with 300."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sellers.models import Seller
from tests.factories import PolicyFactory, QuizFactory, draft
from tests.pages import ago, signed_in_seller
from violations.services import issue_violations

pytestmark = pytest.mark.django_db

QUERIES = {
    "dashboard": 24,
    "dates": 17,
    "violations:list": 16,
    "violations:ledger": 17,
    "violations:enforcement": 10,
    "quizzes:list": 11,
    "inbox:list": 8,
    "reports:list": 7,
}
"""Five are those of the frame: session, person, seller, the sellers of the menu and the unread messages."""


@pytest.mark.parametrize("count", [1, 300])
@pytest.mark.parametrize(("name", "queries"), QUERIES.items())
def test_page_takes_the_same_queries_for_any_number(
    client: Client, name: str, queries: int, count: int, django_assert_num_queries: Any
) -> None:
    seller = signed_in_seller(client)
    _issue(seller, count=count)
    address = reverse(name, kwargs={"seller_id": seller.pk})
    client.get(address)
    with django_assert_num_queries(queries):
        assert client.get(address).status_code == 200


def _issue(seller: Seller, *, count: int) -> None:
    """Violations of one policy with a quiz, issued in one batch."""
    policy = PolicyFactory()
    QuizFactory(policy=policy)
    drafts = [draft(seller, policy, issued_at=ago(hours=2)) for _ in range(count)]
    issue_violations(market=seller.market, drafts=drafts, source="test", now=ago(hours=1))

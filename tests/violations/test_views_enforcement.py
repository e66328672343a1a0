from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from sellers.models import Seller
from tests.factories import PolicyFactory, SellerFactory, issue
from tests.pages import ago, signed_in_seller
from violations.models import EnforcementAction
from violations.services import void_violation

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


def enforcement_url(seller: Seller) -> str:
    return reverse("violations:enforcement", kwargs={"seller_id": seller.pk})


def test_actions_in_force_come_first_and_those_that_are_over_after_them(client: Client) -> None:
    seller, policy = signed_in_seller(client), PolicyFactory(points=12)
    voided = issue(seller, policy, now=ago(days=60))
    void_violation(violation=voided, reason="The label proves it.", voided_by=None, now=ago(days=59))
    issue(seller, policy, now=ago(days=50))
    issue(seller, policy, now=ago(days=1))
    in_force, ended, lifted = EnforcementAction.objects.order_by("-starts_at")
    response = client.get(enforcement_url(seller))
    assert response.context["current"] == [in_force]
    assert response.context["past"] == [ended, lifted]
    assert "1 action is in force now." in response.text
    assert "The total reached 24 points with" in response.text


def test_page_of_a_seller_without_actions_says_what_will_appear(client: Client) -> None:
    assert "No enforcement action" in client.get(enforcement_url(signed_in_seller(client))).text


def test_enforcement_of_another_seller_is_not_found(client: Client) -> None:
    other = SellerFactory(market=signed_in_seller(client).market)
    assert client.get(enforcement_url(other)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_the_same_queries_for_any_number(
    client: Client, django_assert_num_queries: pytest.FixtureRequest, count: int
) -> None:
    seller = signed_in_seller(client)
    for number in range(count):
        issue(seller, PolicyFactory(points=12), now=ago(days=count - number))
    client.get(enforcement_url(seller))
    with django_assert_num_queries(9):
        client.get(enforcement_url(seller))

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from healthportal.roles import AUDITOR, POLICY_EDITOR, REVIEWER, WORKSHOP_HOST
from sellers.models import Seller
from tests.credits import credit_points
from tests.factories import (
    LONG_AGO,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    issue,
    person_in,
)
from tests.pages import ago
from violations.models import EnforcementAction
from violations.services import void_violation

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]


@pytest.fixture
def seller() -> Seller:
    return SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO))


def sign_in(client: Client, role: str) -> None:
    user = person_in(role)
    client.force_login(user)


def url(seller: Seller) -> str:
    return reverse("admin:sellers_seller_explanation", args=[seller.pk])


def test_staff_and_sellers_see_the_same_numbers(client: Client, seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=12), now=ago(days=20), external_id="V-1")
    issue(seller, PolicyFactory(points=3), issued_at=ago(days=15), now=ago(days=5))
    credit_points(violation=violation, points=1, reason="Quiz passed", now=ago(days=8))
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=ago(days=2))
    member, staff = Client(), client
    member.force_login(MemberFactory(seller=seller).user)
    sign_in(staff, REVIEWER)
    ledger = reverse("violations:ledger", kwargs={"seller_id": seller.pk})
    for days in (30, 18, 12, 6, 3, 1, -100, -200):
        query = {"as_of": ago(days=days).isoformat()}
        for_seller, for_staff = member.get(ledger, query).context, staff.get(url(seller), query).context
        for name in ("standing", "sentence", "chart_sentence"):
            assert for_seller[name] == for_staff[name], (days, name)
        assert for_seller["timeline"].changes == for_staff["timeline"].changes, days
        for name in ("entries", "late", "corrections"):
            assert [line.entry for line in for_seller[name]] == [line.entry for line in for_staff[name]]


def test_staff_see_who_recorded_an_entry_how_and_when(client: Client, seller: Seller) -> None:
    reviewer = UserFactory(is_staff=True, name="Robin Reviewer")
    voided = issue(seller, PolicyFactory(points=4), now=ago(days=3), external_id="V-17")
    void_violation(violation=voided, reason="A mistake.", voided_by=reviewer, now=ago(days=1))
    sign_in(client, AUDITOR)
    text = client.get(url(seller)).text
    for words in ("V-17", "test", str(reviewer), "Violation voided", "nobody: automatic"):
        assert words in text, words
    assert reverse("admin:violations_violation_change", args=[voided.pk]) in text


def test_the_page_is_in_the_markets_time_and_names_a_bad_moment(client: Client, seller: Seller) -> None:
    sign_in(client, REVIEWER)
    assert "15 Jan 2026, 09:30 EST" in client.get(url(seller), {"as_of": "2026-01-15T09:30"}).text
    response = client.get(url(seller), {"as_of": "yesterday"})
    assert response.status_code == 200
    assert "“yesterday” is no date and time." in response.text


def test_seller_violation_and_action_lead_to_it(client: Client, seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=12), now=ago(days=3))
    sign_in(client, REVIEWER)
    for record in (seller, violation, EnforcementAction.objects.get()):
        opts = record._meta
        page = client.get(reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk]))
        (address,) = [tool.url for tool in page.context["tools"] if "/explanation/" in tool.url]
        found = client.get(address)
        assert found.context["standing"].total == 12


@pytest.mark.parametrize(
    ("role", "status"), [(REVIEWER, 200), (AUDITOR, 200), (WORKSHOP_HOST, 403), (POLICY_EDITOR, 403)]
)
def test_only_who_may_see_all_that_it_shows_may_see_it(client: Client, seller: Seller, role: str, status: int) -> None:
    sign_in(client, role)
    assert client.get(url(seller)).status_code == status


def test_no_such_seller_is_not_found(client: Client, seller: Seller) -> None:
    sign_in(client, REVIEWER)
    assert client.get(reverse("admin:sellers_seller_explanation", args=[seller.pk + 1])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_it_takes_the_same_queries_for_any_number(
    client: Client, seller: Seller, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        issue(seller, PolicyFactory(points=12), now=ago(days=1))
    sign_in(client, REVIEWER)
    client.get(url(seller))
    with django_assert_num_queries(10):
        client.get(url(seller))

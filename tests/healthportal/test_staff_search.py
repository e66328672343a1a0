"""The search over everything that staff may see."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from healthportal.workbench.search import SEARCHED
from tests.factories import NOW, MemberFactory, PolicyFactory, SellerFactory, UserFactory, issue, person_in
from tests.violations.appealing import appeal_against

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]


def found(client: Client, term: str) -> str:
    """The page of what is found, or the address of the only record that is."""
    response = client.get("/admin/search/", {"q": term})
    assert response.status_code in {200, 302}
    return response.headers.get("Location") or response.content.decode()


def test_ids_references_names_and_addresses_are_found(admin_client: Client) -> None:
    member = MemberFactory(user__email="mai@example.com", seller__name="Cedar Tools", seller__external_id="shop-77")
    violation = issue(member.seller, PolicyFactory(name="Giveaways"), external_id="v-4711")
    appeal = appeal_against(violation, now=NOW)
    seller = reverse("admin:sellers_seller_change", args=[member.seller_id])
    assert seller in found(admin_client, "shop-77")
    assert seller in found(admin_client, "cedar")
    assert reverse("admin:violations_violation_change", args=[violation.pk]) in found(admin_client, "v-4711")
    assert reverse("admin:violations_appeal_change", args=[appeal.pk]) in found(admin_client, appeal.reference)
    assert reverse("admin:accounts_user_change", args=[member.user_id]) in found(admin_client, "mai@example.com")
    assert reverse("admin:policies_policy_change", args=[violation.policy.pk]) in found(admin_client, "giveaways")


def test_what_is_found_is_named_by_what_tells_it_from_the_others(admin_client: Client) -> None:
    for external_id in ("shop-1", "shop-2"):
        violation = issue(SellerFactory(name="Cedar Tools", external_id=external_id), PolicyFactory(name="Giveaways"))
    appeal = appeal_against(violation, now=NOW)
    page = found(admin_client, "cedar")
    assert f"Cedar Tools (shop-2, {violation.market.code})" in page
    assert f"{violation}: Cedar Tools, Giveaways" in page
    assert f"{appeal}: Cedar Tools, Giveaways" in page


def test_nobody_finds_what_they_may_not_see(client: Client) -> None:
    member = MemberFactory(user__email="mai@example.com", seller__name="Cedar Tools")
    client.force_login(person_in("Workshop host"))
    assert "Nothing is called" in found(client, "mai@example.com")
    assert reverse("admin:sellers_seller_change", args=[member.seller_id]) in found(client, "cedar")
    client.force_login(person_in("Policy editor"))
    assert "Nothing is called" in found(client, "cedar")


def test_seller_is_found_by_the_address_of_a_member_by_who_may_see_members(client: Client) -> None:
    member = MemberFactory(user__email="mai@example.com", seller__name="Cedar Tools")
    MemberFactory(user__email="another@example.com", seller__name="Cedar Bags")
    client.force_login(person_in("Operator"))
    assert found(client, "Mai@Example.com") == reverse("admin:sellers_seller_change", args=[member.seller_id])
    assert "Nothing is called" in found(client, "mai@")


def test_five_of_a_kind_are_shown_and_a_link_leads_to_the_others(admin_client: Client) -> None:
    for _ in range(6):
        SellerFactory(name="Cedar")
    page = found(admin_client, "cedar")
    assert page.count("/admin/sellers/seller/") - page.count("/admin/sellers/seller/?q=cedar") >= 5
    assert "/admin/sellers/seller/?q=cedar" in page
    assert "All that was found" in page


@pytest.mark.parametrize("term", ["", "x", "   ", "y" * 201])
def test_too_short_or_long_a_term_is_said(admin_client: Client, term: str) -> None:
    assert "Type at least two letters" in found(admin_client, term)


@pytest.mark.parametrize(
    "term", ["<script>alert(1)</script>", "a\x00b", "\u202ereversed", "'; DROP TABLE x; --", "%_%"]
)
def test_hostile_term_is_shown_as_text(admin_client: Client, term: str) -> None:
    assert "<script>alert" not in found(admin_client, term)


def test_search_costs_the_same_for_one_and_for_many(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        issue(SellerFactory(name="Cedar"), PolicyFactory())
    with django_assert_max_num_queries(3 * len(SEARCHED)):
        found(admin_client, "cedar")


def test_it_is_for_staff(client: Client) -> None:
    assert client.get("/admin/search/?q=cedar").status_code == 302
    client.force_login(UserFactory())
    assert client.get("/admin/search/?q=cedar", follow=True).status_code == 403

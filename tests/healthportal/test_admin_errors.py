"""Pages of the admin that cannot be opened say so in the admin, with the role that can and a way back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import SuspiciousOperation
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from healthportal.errors import bad_request, broken
from healthportal.roles import REVIEWER, ROLES
from tests.factories import PolicyFactory, SellerFactory, UserFactory, issue, person_in
from tests.violations.reversing import start_mass
from violations.models import Violation

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client: Client) -> Client:
    user = person_in(REVIEWER)
    client.force_login(user)
    return client


def test_page_for_another_role_names_the_roles_that_open_it(reviewer: Client) -> None:
    response = reviewer.get(reverse("admin:sellers_apitoken_changelist"))
    assert response.status_code == 403
    assert "Roles that have to do with it: <b>Auditor, Operator</b>" in response.text
    assert f'href="{reverse("admin:index")}"' in response.text


def test_page_that_is_not_there_is_the_admins_own(reviewer: Client) -> None:
    response = reviewer.get("/admin/violations/violation/1/void/")
    assert response.status_code in {403, 404}
    assert "To the start of the staff pages" in response.text
    assert "To the start of the staff pages" in reviewer.get("/admin/no/such/page/").text


def test_visitors_and_members_are_told_nothing_of_the_admin(client: Client) -> None:
    client.force_login(UserFactory())
    response = client.get(reverse("admin:index"), follow=True)
    assert response.status_code == 403
    assert "staff pages" not in response.text


def test_roles_of_the_portal_are_read_only_and_say_why(admin_client: Client) -> None:
    for name in ROLES:
        page = reverse("admin:auth_group_change", args=[Group.objects.get(name=name).pk])
        shown = admin_client.get(page)
        assert "each migration writes it" in shown.text
        assert 'name="_save"' not in shown.text
        assert admin_client.post(page, {"name": "Mine"}).status_code == 403
    assert Group.objects.filter(name__in=ROLES).count() == len(ROLES)


def test_every_step_of_a_mass_reversal_is_found_by_its_incident(admin_client: Client) -> None:
    start_mass(issue(SellerFactory(), PolicyFactory()).market)
    assert Violation.objects.exists()
    page = admin_client.get(reverse("admin:audit_auditentry_changelist"), {"q": "INC-7"})
    assert {entry.action for entry in page.context["cl"].result_list} == {"add", "start"}


def test_what_breaks_in_the_admin_is_said_in_its_look_without_the_database(
    rf: RequestFactory, django_assert_num_queries: Any
) -> None:
    """Not even who asks is known: the request has no user, and no query is made."""
    with django_assert_num_queries(0):
        answer = broken(rf.get(reverse("admin:sellers_seller_changelist")))
    assert answer.status_code == 500
    assert "portal/admin.css" in answer.text
    assert f'<a href="{reverse("admin:index")}">To the start of the staff pages</a>' in answer.text
    elsewhere = broken(rf.get("/policies/")).text
    assert "portal/portal.css" in elsewhere
    assert "staff" not in elsewhere


def test_what_cannot_be_read_in_the_admin_is_said_in_its_look_without_the_database(
    rf: RequestFactory, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        answer = bad_request(rf.get(reverse("admin:sellers_seller_changelist")), SuspiciousOperation())
    assert answer.status_code == 400
    assert "portal/admin.css" in answer.text
    assert f'<a href="{reverse("admin:index")}">To the start of the staff pages</a>' in answer.text
    elsewhere = bad_request(rf.get("/policies/"), SuspiciousOperation()).text
    assert "portal/portal.css" in elsewhere
    assert "staff" not in elsewhere


def out_of_date(user: User, address: str) -> str:
    """The answer to a form of that page whose token is not the browser's, and in which nothing was typed."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    answer = browser.post(address, {"action": "1"})
    assert answer.status_code == 403
    return answer.text


def test_form_of_the_admin_that_is_out_of_date_is_answered_in_its_look() -> None:
    staff = UserFactory(is_staff=True)
    address = reverse("admin:sellers_seller_changelist") + "?q=shop"
    page = out_of_date(staff, address)
    assert "portal/admin.css" in page
    assert f'<a href="{address}">Open the page again</a>' in page
    assert f'<a href="{reverse("admin:index")}">To the start of the staff pages</a>' in page
    assert 'id="user-tools"' in page


@pytest.mark.parametrize(("is_staff", "address"), [(False, "/admin/sellers/seller/"), (True, "/policies/")])
def test_form_that_is_out_of_date_elsewhere_or_of_nobody_who_works_there_is_not(is_staff: bool, address: str) -> None:
    page = out_of_date(UserFactory(is_staff=is_staff), address)
    assert "portal/portal.css" in page
    assert "staff" not in page


@pytest.mark.parametrize("sent", ["\0", "9" * 30, "zz", "-1"])
def test_what_is_sent_to_a_chooser_and_is_no_id_is_refused_in_its_field(admin_client: Client, sent: str) -> None:
    seller = SellerFactory()
    rows = {"members-TOTAL_FORMS": "1", "members-INITIAL_FORMS": "0", "members-0-role": "owner"}
    for page, fields in [
        (reverse("admin:retention_erasurerequest_add"), {"user": sent}),
        (reverse("admin:violations_violation_add"), {"seller": sent}),
        (reverse("admin:sellers_seller_change", args=[seller.pk]), rows | {"members-0-user": sent}),
    ]:
        answer = admin_client.post(page, fields)
        assert (answer.status_code, "errorlist" in answer.text) == (200, True), page

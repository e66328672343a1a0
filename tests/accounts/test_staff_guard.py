"""Every page for staff asks the same, in the admin and outside: staff, the permission, and a second factor."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from healthportal.roles import WORKSHOP_HOST
from sellers.models import StaffMarket
from tests.apps import APPS
from tests.factories import UserFactory, WorkshopFactory, person_in

ROOT = Path(configured.BASE_DIR)
PAGES = ["check-in", "styleguide"]


@pytest.fixture
def host(db: None) -> User:
    return person_in(WORKSHOP_HOST)


@pytest.fixture
def pages(host: User) -> dict[str, str]:
    now = timezone.now()
    workshop = WorkshopFactory(published_at=now, starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=3))
    StaffMarket.objects.create(market=workshop.market, user=host)
    return {
        "check-in": reverse("workshops:check_in", kwargs={"workshop_id": workshop.pk}),
        "styleguide": reverse("styleguide"),
    }


@pytest.mark.parametrize("page", PAGES)
def test_staff_get_in(client: Client, host: User, pages: dict[str, str], page: str) -> None:
    client.force_login(host)
    assert client.get(pages[page]).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_who_is_no_staff_any_more_is_out(client: Client, host: User, pages: dict[str, str], page: str) -> None:
    client.force_login(host)
    User.objects.update(is_staff=False)
    assert client.get(pages[page]).status_code == 404
    assert client.post(pages[page], {"code": "ABCD-EFGH"}).status_code in {404, 405}


@pytest.mark.parametrize("page", PAGES)
def test_staff_without_a_second_factor_are_sent_to_set_it_up(
    client: Client, host: User, pages: dict[str, str], page: str, settings: Any
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    client.force_login(host)
    asked = reverse("mfa_index")
    assert client.get(pages[page]).headers["Location"] == asked
    if page == "check-in":
        assert client.post(pages[page], {"code": "ABCD-EFGH"}).headers["Location"] == asked
    TOTP.activate(host, generate_totp_secret())
    assert client.get(pages[page]).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_visitors_sign_in_first(client: Client, pages: dict[str, str], page: str) -> None:
    assert client.get(pages[page]).headers["Location"].startswith(reverse("account_login"))


def test_who_has_no_permission_is_out(client: Client, pages: dict[str, str]) -> None:
    client.force_login(UserFactory(is_staff=True))
    assert client.get(pages["check-in"]).status_code == 404


ASKS = {"has_perm", "has_perms", "is_superuser", "staff_member_required", "permission_required", "user_passes_test"}
MAY_ASK = {
    # The guard.
    "accounts/access.py is_staff_who_may",
    # They open no page: they narrow what somebody finds who is in already.
    "audit/admin_pages.py history_view",
    "healthportal/jobs/selectors.py _may_see",
    "healthportal/jobs/selectors.py may_retry",
    "healthportal/workbench/needs.py _unassigned",
    "healthportal/workbench/selectors.py needs_of",
    "healthportal/workbench/selectors.py trends_of",
    "sellers/staff_scope.py markets_of",
    # Pages of the admin, which is entered by its own door.
    "accounts/superuser_pages.py has_propose_permission",
    "audit/lone_decisions.py has_view_permission",
    "audit/lone_decisions.py read_page",
    "healthportal/support/cells.py may_see",
    "reports/staff_pages.py _published",
    "sellers/controls_page.py has_propose_permission",
    "sellers/member_upload_page.py has_add_permission",
    "sellers/invitation_page.py invite_page",
    "sellers/invitation_page.py invite_tools",
    "sellers/staff_markets_page.py get_tools",
    "sellers/staff_markets_page.py limit_markets_page",
    # They ask about somebody else.
    "accounts/services/superusers.py decide_superuser",
    "accounts/services/superusers.py why_not_superuser",
    "sellers/services/staff_markets.py limit_staff",
    "sellers/staff_markets_page.py works_for",
    "healthportal/retention/erasure.py _problem",
    "violations/services/appeals/sharing.py assign_appeal",
}


def askers() -> Iterator[str]:
    """Functions outside the admin's pages that ask for permissions, by their files and names."""
    for app in APPS:
        for file in (ROOT / app).rglob("*.py"):
            name = str(file.relative_to(ROOT))
            if not (name.endswith("/admin.py") or "/admin/" in name or "/migrations/" in name):
                yield from (f"{name} {place}" for place in askers_in(ast.parse(file.read_text())))


def askers_in(node: ast.AST, place: str = "") -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if getattr(child, "attr", getattr(child, "id", "")) in ASKS:
            yield place
        yield from askers_in(child, child.name if isinstance(child, ast.FunctionDef) else place)


def test_nothing_else_outside_the_admin_decides_by_permissions() -> None:
    """A view that asks for itself would forget the second factor; it uses ``staff_view``."""
    assert set(askers()) == MAY_ASK


# --- One door to a password


def test_the_admins_own_password_page_leads_to_the_portals(client: Client, host: User) -> None:
    client.force_login(host)
    for page in ["admin:password_change", "admin:password_change_done"]:
        assert client.get(reverse(page)).headers["Location"] == reverse("account_change_password")
    new = {"old_password": "x", "new_password1": "purple-otter-lake", "new_password2": "purple-otter-lake"}
    assert client.post(reverse("admin:password_change"), new).headers["Location"] == reverse("account_change_password")

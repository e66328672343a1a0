"""A page of the admin that would keep the database too long is ended by the server, and says what to do."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin import site
from django.db import OperationalError, connection
from django.db.models import QuerySet, Value
from django.db.models.expressions import RawSQL
from django.test import Client
from django.urls import reverse

from accounts.models import User
from healthportal.admin_timeout import statement_timeout
from sellers.models import Seller
from violations.models import Violation

pytestmark = pytest.mark.django_db(transaction=True)
SHORT = 0.2
LONG = 3600


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss@example.com"))
    return client


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of sellers, and their choosers, for which the database has much to do."""
    of_admin = type(site._registry[Seller]).get_queryset

    def sleepy(self: Any, request: Any) -> QuerySet[Any]:
        found: QuerySet[Any] = of_admin(self, request)
        return found.annotate(slept=RawSQL("SELECT 1 FROM pg_sleep(%s)", [LONG])).filter(slept=Value(1))

    monkeypatch.setattr(type(site._registry[Seller]), "get_queryset", sleepy)


@pytest.fixture
def impatient(settings: Any) -> None:
    settings.ADMIN_STATEMENT_SECONDS = SHORT


def timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        (found,) = cursor.fetchone()
    return str(found)


def test_page_says_what_to_narrow(staff: Client, slow: None, impatient: None) -> None:
    address = reverse("admin:sellers_seller_changelist")

    response = staff.get(address, {"q": "cedar"})

    assert response.status_code == 503
    assert response.context["title"] == "This takes too long"
    page = response.content.decode()
    assert "Narrow what you look for" in page
    assert f'href="{address}"' in page
    assert reverse("admin:index") in page


def test_chooser_finds_nothing_and_goes_on(staff: Client, slow: None, impatient: None) -> None:
    names = {"app_label": "sellers", "model_name": "member", "field_name": "seller", "term": "cedar"}

    response = staff.get(reverse("admin:autocomplete"), names)

    assert response.status_code == 503
    assert response.json() == {"results": [], "pagination": {"more": False}}


def test_step_says_that_nothing_was_changed(staff: Client, slow: None) -> None:
    """What changes something has the timeout of the web processes, here set for the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 200")
    try:
        response = staff.post(reverse("admin:sellers_seller_changelist"), {"action": "delete_selected"})
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")

    assert response.status_code == 503
    assert "nothing was changed" in response.content.decode()


def test_timeout_is_of_the_page_alone(staff: Client, impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    of_admin = type(site._registry[Violation]).get_queryset
    monkeypatch.setattr(
        type(site._registry[Violation]), "get_queryset", lambda *args: seen.append(timeout()) or of_admin(*args)
    )
    before = timeout()

    staff.get(reverse("admin:violations_violation_changelist"))

    assert set(seen) == {"200ms"}
    assert timeout() == before


def test_timeout_goes_after_it_struck(staff: Client, slow: None, impatient: None) -> None:
    before = timeout()

    staff.get(reverse("admin:sellers_seller_changelist"))

    assert timeout() == before


def test_zero_is_any(staff: Client, settings: Any) -> None:
    settings.ADMIN_STATEMENT_SECONDS = 0
    with statement_timeout(0):
        assert timeout() == "0"
    assert staff.get(reverse("admin:sellers_seller_changelist")).status_code == 200


def test_other_failures_of_the_database_are_not_called_a_timeout(
    staff: Client, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    def broken(*args: Any) -> QuerySet[Any]:
        raise OperationalError("The disk is full.")

    monkeypatch.setattr(type(site._registry[Seller]), "get_queryset", broken)
    staff.raise_request_exception = False

    assert staff.get(reverse("admin:sellers_seller_changelist")).status_code == 500

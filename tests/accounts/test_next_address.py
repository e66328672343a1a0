"""Where somebody is led who asks to go on to an address that is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.accounts.test_limits import PASSWORD, person, sign_in

pytestmark = pytest.mark.django_db

NO_ADDRESSES = [
    "-1",
    "a\0b",
    "dashboard",
    "policies/",
    "2026-11-26",
    " ",
    "https://evil.example/",
    "//evil.example",
    "٣",
]

WAYS: dict[str, Callable[[Client, str], Any]] = {
    "staff open the sign-in page of the admin": lambda client, to: client.get("/admin/login/", {"next": to}),
    "who is signed in opens the sign-in page": lambda client, to: client.get("/accounts/login/", {"next": to}),
    "who is signed in sends an old sign-in page": lambda client, to: client.post(
        "/accounts/login/",
        {"login": "sam@example.com", "password": "x", "next": to},
        headers={"Origin": "http://localhost:8000"},
    ),
    "the password is asked for again": lambda client, to: client.post(
        "/accounts/reauthenticate/", {"password": PASSWORD, "next": to}
    ),
    "somebody signs out": lambda client, to: client.post("/accounts/logout/", {"next": to}),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("named", NO_ADDRESSES)
def test_what_is_no_address_of_the_portal_leads_to_a_page_of_it(way: Callable[[Client, str], Any], named: str) -> None:
    client = Client()
    sign_in(client, person(is_staff=True, is_superuser=True).email)
    answer = way(client, named)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/")
    assert not answer.headers["Location"].startswith("//")

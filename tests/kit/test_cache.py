"""What becomes of people when the cache is away: nothing, but that nobody is counted."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as configured
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from kit.cache import ForgivingClient
from tests.accounts.test_limits import code_of, enter, person, sign_in, with_factor, wrong
from tests.factories import PASSWORD, MemberFactory


def use_server(settings: Any, address: str) -> None:
    settings.CACHES = {"default": configured.CACHES["default"] | {"LOCATION": address}}


@pytest.fixture(params=["nowhere", "refuses", "says nothing"])
def dead(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Iterator[str]:
    """A server that is not there, one that is gone and one that stands still."""
    path = tmp_path / "valkey.sock"
    with socket.socket(socket.AF_UNIX) as server:
        if request.param != "nowhere":
            server.bind(str(path))
        if request.param == "says nothing":
            server.listen(100)
        use_server(settings, f"unix://{path}")
        yield request.param
    ForgivingClient.away_until.clear()


@pytest.mark.usefixtures("dead")
def test_the_cache_is_as_an_empty_one() -> None:
    assert cache.add("key", 1) is True
    assert cache.get("key") is None
    assert cache.get("key", "else") == "else"
    cache.set("key", 1)
    cache.set_many({"key": 1})
    assert cache.get_many(["key"]) == {}
    assert cache.get_or_set("key", lambda: 3) == 3
    assert cache.has_key("key") is False
    assert cache.touch("key") is False
    assert cache.delete("key") is False
    cache.delete_many(["key"])
    with pytest.raises(ValueError, match="not found"):
        cache.incr("key")
    cache.clear()


@pytest.mark.django_db
@pytest.mark.usefixtures("dead")
def test_people_sign_in_and_out_reset_and_prove_themselves_again() -> None:
    user = MemberFactory(user=person()).user
    client = Client()
    assert client.post(reverse("account_reset_password"), {"email": user.email}).status_code == 302
    assert sign_in(client, user.email, "wrong").status_code == 200
    assert sign_in(client, user.email).status_code == 302
    assert client.get("/", follow=True).status_code == 200
    assert client.post(reverse("account_reauthenticate"), {"password": "wrong"}).status_code == 200
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    new = {"oldpassword": PASSWORD, "password1": "purple-otter-lake", "password2": "purple-otter-lake"}
    assert client.post(reverse("account_change_password"), new).status_code == 302
    assert client.get(reverse("account_email")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("dead")
def test_staff_enter_their_second_factor_and_a_code_is_good_once() -> None:
    user, secret = with_factor()
    first, second = Client(), Client()
    for client in [first, second]:
        sign_in(client, user.email)
    assert enter(first, wrong(secret)).status_code == 200
    code = code_of(secret)
    assert enter(first, code).status_code == 302
    assert enter(second, code).status_code == 200
    assert first.get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(action="sign_in").count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("dead")
def test_staff_set_up_a_second_factor() -> None:
    user, client = person(is_staff=True), Client()
    sign_in(client, user.email)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    code = totp.format_hotp_value(
        totp.hotp_value(page.context["form"].secret, next(totp.yield_hotp_counters_from_time()))
    )
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).url == reverse("mfa_view_recovery_codes")


@pytest.mark.django_db
@pytest.mark.usefixtures("dead")
def test_readiness_names_the_cache_and_stays_ready(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert b"cache: no answer" in response.content


def test_a_server_that_stands_still_is_asked_once_and_then_left_alone(settings: Any, tmp_path: Path) -> None:
    asked = []
    path = tmp_path / "valkey.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(100)
        use_server(settings, f"unix://{path}")
        for number in range(50):
            cache.get(f"key-{number}")
            cache.add(f"key-{number}", 1)
        server.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                connection, _ = server.accept()
                asked.append(connection.fileno())
                connection.close()
    ForgivingClient.away_until.clear()
    assert len(asked) == 1


def test_a_server_that_is_back_is_used_again(settings: Any) -> None:
    here = configured.REDIS_URL
    use_server(settings, here)
    ForgivingClient.away_until[(here,)] = float("inf")
    cache.set("key", 1)
    assert cache.get("key") is None
    assert cache.answers()  # what readiness asks, and what time does otherwise
    cache.set("key", 1)
    assert cache.get("key") == 1

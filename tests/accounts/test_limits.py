"""How often somebody may try to sign in, and that nobody can use up what another may."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD, UserFactory
from tests.threads import at_once

pytestmark = pytest.mark.django_db

TOO_MANY = b"Too many failed login attempts"


@pytest.fixture
def proxied(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1


def person(**fields: Any) -> User:
    user: User = UserFactory(**fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(client: Client, email: str, password: str = PASSWORD, **sent: Any) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password}, **sent)


def behind(forwarded: str) -> dict[str, str]:
    """What reaches the portal through one proxy that adds the address it sees to what the client claims."""
    return {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}


# --- Behind a proxy


@pytest.mark.usefixtures("proxied")
def test_each_visitor_behind_a_proxy_has_limits_of_their_own() -> None:
    user = person()
    for number in range(30):
        sign_in(Client(), f"made-up-{number}@example.com", "wrong", **behind("203.0.113.9"))
    refused = sign_in(Client(), "another@example.com", "wrong", **behind("203.0.113.9"))
    assert TOO_MANY in refused.content
    assert sign_in(Client(), user.email, **behind("203.0.113.10")).status_code == 302


@pytest.mark.usefixtures("proxied")
@pytest.mark.parametrize(
    "claim", ["198.51.100.{}, 203.0.113.9", "unknown, 198.51.100.{},203.0.113.9", " 203.0.113.9:5{}"]
)
def test_a_forged_forwarded_address_gives_no_further_guesses(claim: str) -> None:
    answers = [
        sign_in(Client(), f"made-up-{number}@example.com", "wrong", **behind(claim.format(number)))
        for number in range(21)
    ]
    assert [TOO_MANY in answer.content for answer in answers] == [False] * 20 + [True]


@pytest.mark.parametrize("forwarded", ["", "rubbish", "203.0.113.9", "1.2.3.4, rubbish"])
def test_an_address_that_the_proxies_did_not_write_is_no_error(settings: Any, forwarded: str) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    assert sign_in(Client(), person().email, **behind(forwarded)).status_code == 302


def test_a_proxy_that_names_nobody_is_told_of_in_the_log(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.BEHIND_PROXY, settings.ALLAUTH_TRUSTED_PROXY_COUNT = True, 1
    sign_in(Client(), person().email, **behind(""))
    assert "sends no X-Forwarded-For" in caplog.text


def test_without_a_proxy_what_the_client_claims_counts_for_nothing() -> None:
    answers = [
        sign_in(Client(), f"made-up-{number}@example.com", "wrong", **behind(f"203.0.113.{number}"))
        for number in range(21)
    ]
    assert TOO_MANY in answers[-1].content


def test_an_office_signs_in_on_monday() -> None:
    people = [person() for _ in range(60)]
    assert {sign_in(Client(), user.email).status_code for user in people} == {302}


# --- Nobody keeps another out


def test_wrong_passwords_keep_out_only_the_client_that_sent_them() -> None:
    user = person()
    for _ in range(6):
        refused = sign_in(Client(), user.email, "wrong", REMOTE_ADDR="203.0.113.9")
    assert TOO_MANY in refused.content
    assert TOO_MANY in sign_in(Client(), user.email, REMOTE_ADDR="203.0.113.9").content
    assert sign_in(Client(), user.email, REMOTE_ADDR="203.0.113.10").status_code == 302


def test_a_device_that_signed_in_before_gets_through_whoever_guesses() -> None:
    user = person()
    known = Client()
    sign_in(known, user.email)
    known.post(reverse("account_logout"))
    for number in range(25):  # a hundred guesses, at twenty-five addresses, and at the person's own
        for _ in range(5):
            sign_in(Client(), user.email, "wrong", REMOTE_ADDR=f"203.0.113.{number}")
            sign_in(Client(), user.email, "wrong")
    assert TOO_MANY in sign_in(Client(), user.email, REMOTE_ADDR="198.51.100.1").content
    assert sign_in(known, user.email).status_code == 302


def test_a_known_device_is_limited_too_and_only_for_the_person_it_knows() -> None:
    user, other = person(), person()
    known = Client()
    sign_in(known, user.email)
    known.post(reverse("account_logout"))
    answers = [sign_in(known, user.email, "wrong") for _ in range(6)]
    assert [TOO_MANY in answer.content for answer in answers] == [False] * 5 + [True]
    answers = [sign_in(known, other.email, "wrong") for _ in range(6)]
    assert TOO_MANY in answers[-1].content


@pytest.mark.parametrize("cookie", ["", "rubbish", "W1sxLCJ4Il1d:1abcde:forged"])
def test_a_forged_device_cookie_is_worth_nothing(cookie: str) -> None:
    user = person()
    client = Client()
    client.cookies["portal_device"] = cookie
    for _ in range(6):
        answer = sign_in(client, user.email, "wrong")
    assert TOO_MANY in answer.content


@pytest.mark.django_db(transaction=True)
def test_guesses_that_arrive_together_are_counted_each() -> None:
    user = person()
    answers = at_once(12, lambda: sign_in(Client(), user.email, "wrong"))
    assert sum(TOO_MANY not in answer.content for answer in answers) <= 5


# --- The second factor


def code_of(secret: str, ahead: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time()) + ahead))


def with_factor() -> tuple[User, str]:
    user, secret = person(is_staff=True), totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return user, secret


def enter(client: Client, code: str, **sent: Any) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": code}, **sent)


def wrong(secret: str) -> str:
    return next(code for code in ["000000", "111111", "222222"] if code != code_of(secret))


def test_wrong_codes_keep_out_only_the_client_that_sent_them() -> None:
    user, secret = with_factor()
    thief, owner = Client(), Client()
    sign_in(thief, user.email, REMOTE_ADDR="203.0.113.9")
    for _ in range(6):
        refused = enter(thief, wrong(secret), REMOTE_ADDR="203.0.113.9")
    assert TOO_MANY in refused.content
    sign_in(owner, user.email)
    assert enter(owner, code_of(secret)).status_code == 302


def test_codes_cannot_be_guessed_from_many_addresses() -> None:
    user, secret = with_factor()
    for number in range(6):
        thief = Client()
        sign_in(thief, user.email, REMOTE_ADDR=f"203.0.113.{number}")
        for _ in range(5):
            enter(thief, wrong(secret), REMOTE_ADDR=f"203.0.113.{number}")
    thief = Client()
    sign_in(thief, user.email, REMOTE_ADDR="203.0.113.99")
    assert TOO_MANY in enter(thief, code_of(secret), REMOTE_ADDR="203.0.113.99").content


def test_a_code_is_good_for_one_use_whatever_becomes_of_the_cache() -> None:
    user, secret = with_factor()
    first, second = Client(), Client()
    code = code_of(secret)
    for client in [first, second]:
        sign_in(client, user.email)
    assert enter(first, code).status_code == 302
    cache.clear()
    assert b"Incorrect code" in enter(second, code).content


@pytest.mark.django_db(transaction=True)
def test_a_code_sent_twice_at_once_signs_in_one() -> None:
    user, secret = with_factor()
    clients = [Client(REMOTE_ADDR=f"203.0.113.{number}") for number in range(4)]
    for client in clients:
        sign_in(client, user.email)
    waiting = iter(clients)
    code = code_of(secret)
    answers = at_once(4, lambda: enter(next(waiting), code))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 302]


# --- The page that says so


def test_too_many_requests_are_answered_in_the_portals_own_page(client: Client) -> None:
    for _ in range(20):
        client.post(reverse("account_reset_password"), {"email": "nobody@example.com"}, REMOTE_ADDR="203.0.113.9")
    answer = client.post(reverse("account_reset_password"), {"email": "nobody@example.com"}, REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert b"Too many tries" in answer.content
    assert b"portal.css" in answer.content

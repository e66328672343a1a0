"""Sign-ins of staff, commands of operators, and quiet refusals."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditEntry
from healthportal.logs import RefusedQuietly
from sellers.models import ApiToken, Market
from tests.factories import PASSWORD, MarketFactory, UserFactory

pytestmark = pytest.mark.django_db


def person(**fields: Any) -> User:
    user: User = UserFactory(**fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(user: User, password: str = PASSWORD) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": password})
    return client


def told() -> list[tuple[User | None, str, str, str]]:
    entries = AuditEntry.objects.order_by("pk")
    return [(entry.person, entry.action, entry.object_id, entry.note) for entry in entries]


def test_sign_in_of_staff_is_noted() -> None:
    user = person(is_staff=True)
    client = sign_in(user)
    assert "_auth_user_id" in client.session
    assert told() == [(user, "sign_in", str(user.pk), "")]


def test_wrong_password_of_staff_is_noted_without_it() -> None:
    user = person(is_staff=True)
    sign_in(user, "not-the-password")
    assert told() == [(None, "wrong_password", str(user.pk), "")]
    assert AuditEntry.objects.get().actor == "somebody not signed in"


def test_members_and_unknown_addresses_leave_nothing() -> None:
    user = person()
    sign_in(user)
    sign_in(user, "not-the-password")
    sign_in(UserFactory.build(email="nobody@example.com"), "not-the-password")
    assert told() == []


def test_wrong_code_and_right_code_of_the_second_factor_are_noted() -> None:
    user = person(is_staff=True)
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    client = sign_in(user)
    assert told() == []  # the password alone is no sign-in
    right = totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    wrong = "000000" if right != "000000" else "000001"
    client.post(reverse("mfa_authenticate"), {"code": wrong})
    client.post(reverse("mfa_authenticate"), {"code": right})
    assert told() == [
        (None, "wrong_code", str(user.pk), ""),
        (user, "sign_in", str(user.pk), ""),
    ]


def test_members_wrong_codes_leave_nothing() -> None:
    user = person()
    totp.TOTP.activate(user, totp.generate_totp_secret())
    client = sign_in(user)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert told() == []


def test_own_password_change_of_staff_is_noted_without_it() -> None:
    user = person(is_staff=True)
    client = sign_in(user)
    new = {"oldpassword": PASSWORD, "password1": "purple-otter-lake", "password2": "purple-otter-lake"}
    client.post(reverse("account_change_password"), new)
    assert told()[-1] == (user, "password_change", str(user.pk), "")


# --- Commands


def create_token(**options: Any) -> None:
    call_command("create_api_token", market="US", name="feed", stdout=io.StringIO(), stderr=io.StringIO(), **options)


@pytest.fixture
def market() -> Market:
    found: Market = MarketFactory(code="US")
    return found


def test_command_names_the_account_on_the_server(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "deploy")
    create_token()
    entry = AuditEntry.objects.get()
    assert (entry.person, entry.actor) == (None, "deploy on the server (create_api_token)")
    assert (entry.kind, entry.object_id) == ("sellers.apitoken", str(ApiToken.objects.get().pk))


def test_command_is_done_in_the_name_of_a_member_of_staff(market: Market) -> None:
    user = UserFactory(is_staff=True, email="nina@example.com")
    create_token(by="Nina@example.com")
    assert AuditEntry.objects.get().person == user
    assert ApiToken.objects.get().created_by == user


def test_command_refuses_a_name_that_is_nobody_of_staff(market: Market) -> None:
    UserFactory(email="nina@example.com")
    with pytest.raises(CommandError, match="Nobody of staff has the address"):
        create_token(by="nina@example.com")
    assert not ApiToken.objects.exists()


def test_import_is_noted_at_its_market(market: Market, tmp_path: Path) -> None:
    file = tmp_path / "feed.ndjson"
    file.write_text('{"external_id": "v-1"}\n')
    with pytest.raises(CommandError):
        call_command("import_violations", str(file), market="US", stdout=io.StringIO(), stderr=io.StringIO())
    begun, ended = AuditEntry.objects.order_by("pk")
    assert (begun.action, begun.object_id, begun.note) == (
        "import",
        str(market.pk),
        "The import feed.ndjson of violations begins.",
    )
    assert "1 refused" in ended.note


# --- The log


@pytest.mark.parametrize(("status", "kept"), [(403, False), (404, False), (500, True), (None, True)])
def test_log_keeps_where_something_broke_but_not_where_it_was_refused(status: int | None, kept: bool) -> None:
    try:
        raise PermissionError("No.")
    except PermissionError as error:
        info = (PermissionError, error, error.__traceback__)
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "Forbidden", None, info)
    if status is not None:
        record.status_code = status
    assert RefusedQuietly().filter(record)
    assert bool(record.exc_info) is kept

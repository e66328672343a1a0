"""What the portal sets of passkeys; that they work is shown in a browser (``tests/e2e/test_passkeys.py``)."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from accounts.factors import FactorAdapter
from accounts.models import User
from tests.accounts.test_limits import person, sign_in
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

BROKEN = '{{"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {{"clientDataJSON": "{0}", '
BROKEN += '"attestationObject": "{0}", "authenticatorData": "{0}", "signature": "{0}", "userHandle": "{0}"}}}}'


@pytest.fixture
def owner(client: Client) -> User:
    user = person()
    sign_in(client, user.email)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return user


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "nonsense",
        "null",
        "[]",
        "{}",
        '"text"',
        "7",
        '{"id": 1}',
        '{"response": "text"}',
        BROKEN.format("AAAA"),
        BROKEN.format("!"),
    ],
)
@pytest.mark.parametrize("page", ["mfa_login_webauthn", "mfa_add_webauthn", "mfa_reauthenticate_webauthn"])
def test_what_no_device_answers_is_refused(client: Client, owner: User, page: str, credential: str) -> None:
    visitor = Client() if page == "mfa_login_webauthn" else client
    if page == "mfa_login_webauthn":
        visitor.get(reverse(page), headers={"Accept": "application/json"})
    else:
        visitor.get(reverse(page))
    answer = visitor.post(reverse(page), {"name": "Phone", "credential": credential}, follow=True)
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


def test_device_is_asked_to_know_its_person_and_told_the_portals_name(client: Client, owner: User) -> None:
    options = client.get(reverse("mfa_add_webauthn")).context["js_data"]["creation_options"]["publicKey"]
    assert (options["rp"]["name"], options["rp"]["id"]) == ("Account health", "testserver")
    assert options["user"]["name"] == owner.email
    assert options["authenticatorSelection"]["userVerification"] == "required"


def test_browsers_let_the_portal_use_passkeys(client: Client) -> None:
    answer = client.get(reverse("account_login"))
    assert "publickey-credentials" not in answer.headers["Permissions-Policy"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "<script>" not in answer.text


def test_passkeys_are_numbered_until_they_are_named(owner: User) -> None:
    adapter = FactorAdapter()
    names = []
    for _ in range(2):
        names.append(adapter.generate_authenticator_name(owner, "webauthn"))
        Authenticator.objects.create(user=owner, type="webauthn", data={"name": names[-1]})
    assert names == ["Passkey", "Passkey 2"]


def test_name_of_a_passkey_has_a_length(client: Client, owner: User) -> None:
    answer: Any = client.post(reverse("mfa_add_webauthn"), {"name": "x" * 61, "credential": "{}"})
    assert "at most 60" in answer.text


def test_passkey_of_somebody_else_is_not_there(client: Client, owner: User) -> None:
    foreign = Authenticator.objects.create(user=person(), type="webauthn", data={"name": "Theirs"})
    for page in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert client.get(reverse(page, args=[foreign.pk])).status_code == 404
        assert client.post(reverse(page, args=[foreign.pk]), {"name": "Mine"}).status_code == 404

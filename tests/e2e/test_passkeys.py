"""Passkeys in a real browser, with a device of Chromium's own making: set up, used, renamed, removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import CDPSession, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.factories import PASSWORD, MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def phone(page: Page) -> Iterator[CDPSession]:
    """A phone that keeps passkeys and knows its person's finger."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield protocol
    protocol.send("WebAuthn.disable")


@pytest.fixture
def portal(live_server: LiveServer) -> str:
    """Where it answers: "localhost", for a browser keeps no passkey for a number."""
    return live_server.url


@pytest.fixture
def person() -> User:
    user: User = MemberFactory().user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(page: Page, portal: str, person: User) -> None:
    page.goto(portal + reverse("account_login"))
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page, portal: str) -> None:
    page.goto(portal + reverse("account_logout"))
    page.get_by_role("main").get_by_role("button", name="Sign out").click()


def add_passkey(page: Page, portal: str) -> None:
    """From the page of the second factors; the password is asked for once more."""
    page.goto(portal + reverse("mfa_index"))
    page.get_by_role("link", name="Add a passkey").click()
    if page.get_by_role("heading", name="Is it you?").is_visible():
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Make the passkey").click()


@pytest.mark.usefixtures("phone")
def test_passkey_is_made_and_signs_its_person_in(page: Page, portal: str, person: User) -> None:
    sign_in(page, portal, person)
    add_passkey(page, portal)
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    sign_out(page, portal)
    page.goto(f"{portal}{reverse('account_login')}?next={reverse('account')}")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert str(Authenticator.objects.get(type="webauthn")) == "My phone"


@pytest.mark.usefixtures("phone")
def test_passkey_is_the_second_step_and_shows_who_it_is_again(page: Page, portal: str, person: User) -> None:
    sign_in(page, portal, person)
    add_passkey(page, portal)
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    sign_out(page, portal)
    sign_in(page, portal, person)
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page.get_by_role("link", name="Sign in")).to_have_count(0)
    page.goto(f"{portal}{reverse('mfa_reauthenticate_webauthn')}?next={reverse('account_email')}")
    page.get_by_role("button", name="Use the passkey").click()
    expect(page.get_by_role("heading", name="Email addresses")).to_be_visible()


@pytest.mark.usefixtures("phone")
def test_passkey_is_renamed_and_removed(page: Page, portal: str, person: User) -> None:
    sign_in(page, portal, person)
    add_passkey(page, portal)
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto(portal + reverse("mfa_index"))
    page.get_by_role("link", name="Rename My phone").click()
    page.get_by_label("Name").fill("Old phone")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Old phone").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The passkey was removed.")).to_be_visible()
    assert not Authenticator.objects.exists()


@pytest.mark.usefixtures("phone")
def test_passkey_that_the_device_does_not_have_is_no_dead_end(page: Page, portal: str, person: User) -> None:
    page.goto(portal + reverse("account_login"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("The passkey was not used.")).to_be_visible()
    sign_in(page, portal, person)
    page.wait_for_url("**/s/**")

"""What somebody who borrowed a session cannot do to the account, and what its owner is told of what was done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import allauth
import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditEntry
from tests.accounts.test_limits import code_of, enter, person, sign_in, with_factor
from tests.factories import PASSWORD
from tests.forms import fill_in
from tests.letters import letters

pytestmark = pytest.mark.django_db

NEW = "nina.new@example.com"


@pytest.fixture
def owner() -> User:
    return person(is_staff=True, email="nina@example.com")


@pytest.fixture
def session(owner: User) -> Client:
    client = Client()
    sign_in(client, owner.email)
    return client


def prove(client: Client) -> None:
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def told() -> list[tuple[str, str]]:
    return [(message.to[0], message.subject) for message in letters()]


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("account_email", {"action_add": "", "email": NEW}),
        ("account_email", {"action_primary": "", "email": "second@example.com"}),
        ("account_email", {"action_remove": "", "email": "second@example.com"}),
        ("account_email", {"action_send": "", "email": NEW}),
        ("mfa_activate_totp", {"code": "000000"}),
    ],
)
def test_a_session_alone_changes_nothing(session: Client, owner: User, page: str, sent: dict[str, str]) -> None:
    EmailAddress.objects.create(user=owner, email="second@example.com", verified=True)
    before = list(EmailAddress.objects.order_by("pk").values_list())
    answer = session.post(reverse(page), sent)
    if "action_send" not in sent:
        assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert list(EmailAddress.objects.order_by("pk").values_list()) == before
    assert not Authenticator.objects.exists()
    owner.refresh_from_db()
    assert owner.email == "nina@example.com"


def test_a_session_alone_changes_no_password(session: Client, owner: User) -> None:
    new = {"oldpassword": "wrong", "password1": "purple-otter-lake", "password2": "purple-otter-lake"}
    assert session.post(reverse("account_change_password"), new).status_code == 200
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_a_session_alone_takes_no_factor_away() -> None:
    user, secret = with_factor()
    client = Client()
    sign_in(client, user.email)
    enter(client, code_of(secret))
    for page in ["mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_view_recovery_codes"]:
        assert client.post(reverse(page)).status_code in {302, 405}
        assert client.get(reverse(page)).status_code in {302, 404}
    assert [factor.type for factor in Authenticator.objects.all()] == ["totp"]


def unproven(client: Client) -> None:
    """A session in which nobody proved who they are: somebody else's, borrowed."""
    session = client.session
    session.pop(AUTHENTICATION_METHODS_SESSION_KEY, None)
    session.save()


def test_a_session_alone_sets_no_first_password(client: Client) -> None:
    """Of somebody who signs in with a passkey and has no password."""
    user = person(is_staff=True)
    user.set_unusable_password()
    user.save()
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "Phone", "credential": {}})
    client.force_login(user)
    unproven(client)
    new = {"password1": "purple-otter-lake", "password2": "purple-otter-lake"}
    answer = client.post(reverse("account_set_password"), new)
    assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate_webauthn"))
    user.refresh_from_db()
    assert not user.has_usable_password()
    client.force_login(user)  # who has just proved it
    page = client.get(reverse("account_set_password")).text
    assert ("Your account has no password yet." in page, "New password, once more" in page) == (True, True)
    assert client.post(reverse("account_set_password"), new).status_code == 302
    user.refresh_from_db()
    assert user.has_usable_password()


def test_a_session_alone_sees_changes_and_adds_no_factor(client: Client) -> None:
    user, _ = with_factor()
    key = Authenticator.objects.create(user=user, type="webauthn", data={"name": "Phone", "credential": {}})
    RecoveryCodes.activate(user)
    before = list(Authenticator.objects.order_by("pk").values_list())
    client.force_login(user)
    unproven(client)
    pages = ["view_recovery_codes", "download_recovery_codes", "generate_recovery_codes", "add_webauthn"]
    addresses = [reverse(f"mfa_{page}") for page in pages]
    addresses += [reverse(f"mfa_{page}_webauthn", args=[key.pk]) for page in ("edit", "remove")]
    for address in addresses:
        assert client.get(address).headers["Location"].startswith(reverse("account_reauthenticate")), address
        posted = client.post(address, {"name": "Mine"})
        assert posted.status_code in {302, 405}, address
    assert list(Authenticator.objects.order_by("pk").values_list()) == before


def test_what_was_typed_is_kept_while_the_person_proves_themselves(session: Client, owner: User) -> None:
    asked = session.post(reverse("account_email"), {"action_add": "", "email": NEW})
    session.post(asked.headers["Location"], {"password": PASSWORD})
    assert EmailAddress.objects.filter(user=owner, email=NEW).exists()


def test_the_address_before_is_told_of_each_change(session: Client, owner: User) -> None:
    prove(session)
    session.post(reverse("account_email"), {"action_add": "", "email": NEW})
    assert ("nina@example.com", "Email address added") in told()
    EmailAddress.objects.filter(email=NEW).update(verified=True)
    mail.outbox.clear()
    session.post(reverse("account_email"), {"action_primary": "", "email": NEW})
    assert told() == [("nina@example.com", "Your email address was changed")]
    mail.outbox.clear()
    session.post(reverse("account_email"), {"action_remove": "", "email": "nina@example.com"})
    assert sorted(told()) == [
        (NEW, "An email address was removed"),
        ("nina@example.com", "An email address was removed"),
    ]


def test_of_a_new_password_the_person_is_told(session: Client, owner: User) -> None:
    new = {"oldpassword": PASSWORD, "password1": "purple-otter-lake", "password2": "purple-otter-lake"}
    session.post(reverse("account_change_password"), new)
    assert told() == [(owner.email, "Your password was changed")]


def test_changes_of_staff_are_in_the_trail(session: Client, owner: User) -> None:
    prove(session)
    session.post(reverse("account_email"), {"action_add": "", "email": NEW})
    EmailAddress.objects.filter(email=NEW).update(verified=True)
    session.post(reverse("account_email"), {"action_primary": "", "email": NEW})
    session.post(reverse("account_email"), {"action_remove": "", "email": "nina@example.com"})
    entries: Any = AuditEntry.objects.filter(action__endswith="_address").order_by("pk")
    old = "nina@example.com"
    assert [(entry.person, entry.actor, entry.action, entry.changes) for entry in entries] == [
        (owner, old, "add_address", [{"field": "email", "from": None, "to": NEW}]),
        (owner, NEW, "change_address", [{"field": "email", "from": old, "to": NEW}]),
        (owner, NEW, "remove_address", [{"field": "email", "from": old, "to": None}]),
    ]
    assert [str(entry).partition(":")[0] for entry in entries] == ["Add address", "Change address", "Remove address"]


def test_members_leave_nothing_in_the_trail() -> None:
    user, client = person(), Client()
    sign_in(client, user.email)
    prove(client)
    client.post(reverse("account_email"), {"action_add": "", "email": NEW})
    assert not AuditEntry.objects.exists()


def test_an_unknown_address_gets_no_email(client: Client) -> None:
    answer = client.post(reverse("account_reset_password"), {"email": "nobody@example.com"})
    assert answer.url == reverse("account_reset_password_done")
    assert letters() == []


# --- What staff change about others, or about themselves, in the admin


@pytest.fixture
def boss() -> Client:
    client = Client()
    sign_in(client, person(is_staff=True, is_superuser=True, email="boss@example.com").email)
    return client


def test_the_admin_asks_too_who_somebody_is(boss: Client) -> None:
    user, _ = with_factor()
    address, factor = EmailAddress.objects.get(user=user), Authenticator.objects.get(user=user)
    for page, args in [
        ("accounts_user_change", [user.pk]),
        ("auth_user_password_change", [user.pk]),
        ("account_emailaddress_change", [address.pk]),
        ("account_emailaddress_delete", [address.pk]),
        ("account_emailaddress_add", []),
        ("account_emailaddress_changelist", []),
        ("mfa_authenticator_delete", [factor.pk]),
        ("mfa_authenticator_changelist", []),
    ]:
        answer = boss.post(reverse(f"admin:{page}", args=args), {"post": "yes"})
        assert answer.headers["Location"].startswith(reverse("account_reauthenticate")), page
    assert Authenticator.objects.filter(user=user).exists()
    assert list(EmailAddress.objects.filter(user=user)) == [address]


def test_the_address_before_is_told_what_staff_changed(boss: Client) -> None:
    prove(boss)
    user = person(email="nina@example.com")
    page = reverse("admin:accounts_user_change", args=[user.pk])
    assert fill_in(boss, page, email=NEW).status_code == 302
    assert told() == [("nina@example.com", "Your email address was changed")]
    assert "the portal's administration" in str(mail.outbox[0].body)
    mail.outbox.clear()
    new = {"password1": "purple-otter-lake", "password2": "purple-otter-lake", "usable_password": "true"}
    assert boss.post(reverse("admin:auth_user_password_change", args=[user.pk]), new).status_code == 302
    assert told() == [(NEW, "Your password was changed")]


def test_who_loses_a_factor_is_told(boss: Client) -> None:
    prove(boss)
    user, _ = with_factor()
    factor = Authenticator.objects.get(user=user)
    boss.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
    assert told() == [(user.email, "An app with codes was removed")]


def test_factors_of_staff_are_in_the_trail(
    session: Client, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    prove(session)
    session.get(reverse("mfa_activate_totp"))
    with django_capture_on_commit_callbacks(execute=True):
        session.post(reverse("mfa_activate_totp"), {"code": code_of(session.session["mfa.totp.secret"])})
    session.post(reverse("mfa_deactivate_totp"))
    entries: Any = AuditEntry.objects.filter(action__endswith="_second_factor").order_by("pk")
    noted = [(entry.person, entry.action, entry.changes) for entry in entries]
    assert (owner, "add_second_factor", [{"field": "second_factor", "from": None, "to": "totp"}]) in noted
    assert (owner, "remove_second_factor", [{"field": "second_factor", "from": "totp", "to": None}]) in noted


NEVER_SENT = {
    "account_already_exists": "nobody signs themselves up",
    "email_confirmation_signup": "nobody signs themselves up",
    "login_code": "nobody gets in with a code by email",
    "password_reset_code": "a link is sent instead",
    "unknown_account": "an address without an account gets nothing",
}


@pytest.mark.parametrize("kind", ["account", "mfa"])
def test_emails_about_accounts_are_in_the_portals_own_words(kind: str) -> None:
    theirs, own = Path(allauth.__file__).parent / "templates", Path(settings.BASE_DIR) / "templates"
    names = {path.name for path in (theirs / kind / "email").glob("*_*.txt") if not path.name.startswith("base_")}
    unused = {f"{name}_{part}.txt" for name in NEVER_SENT for part in ("subject", "message")}
    assert names - unused <= {path.name for path in (own / kind / "email").iterdir()}

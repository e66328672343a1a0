"""What every answer says to caches and browsers, and how long staff stay signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.middleware import STAFF_SEEN_KEY, STAFF_SINCE_KEY
from accounts.models import User
from tests.accounts.test_limits import person, sign_in
from tests.factories import MemberFactory, PolicyFactory, UserFactory, issue
from tests.healthportal.secret_addresses import addresses_with_secrets
from tests.letters import letters

pytestmark = pytest.mark.django_db

NOBODY = "private, no-store"


def kept_by(client: Client, path: str, **sent: Any) -> str:
    return str(client.get(path, **sent).headers.get("Cache-Control", ""))


def test_no_page_of_somebody_signed_in_is_kept(client: Client) -> None:
    member = MemberFactory()
    violation = issue(member.seller, PolicyFactory())
    client.force_login(member.user)
    seller = [member.seller.pk]
    pages = [
        *(reverse(name, args=seller) for name in ["dashboard", "violations:ledger", "inbox:list", "reports:list"]),
        violation.get_absolute_url(),
        *(reverse(name) for name in ["account_email", "mfa_index", "policies:list", "workshops:list"]),
        reverse("dashboard", args=[0]),
        "/no-such-page",
    ]
    assert {page: kept_by(client, page) for page in pages} == dict.fromkeys(pages, NOBODY)


def test_no_page_with_a_token_is_kept(client: Client) -> None:
    user = person()
    client.post(reverse("account_reset_password"), {"email": user.email})
    link = str(letters()[0].body).partition("http://localhost:8000")[2].split()[0]
    pages = [link, reverse("account_login"), reverse("unsubscribe", args=["forged"]), "/accounts/confirm-email/forged/"]
    assert {page: kept_by(client, page) for page in pages} == dict.fromkeys(pages, NOBODY)
    followed = client.get(link, follow=True)
    assert followed.headers["Cache-Control"] == NOBODY


def test_nothing_at_an_address_with_a_secret_is_kept(client: Client) -> None:
    """Whichever it is, also where the secret opens nothing."""
    found = addresses_with_secrets()
    assert len(found) > 10
    assert {address: kept_by(client, address) for address in found} == dict.fromkeys(found, NOBODY)


def test_no_answer_of_the_api_is_kept(client: Client) -> None:
    assert kept_by(client, "/api/v1/sellers/1/standing", headers={"Authorization": "Bearer nothing"}) == NOBODY


def test_public_pages_may_be_kept(client: Client) -> None:
    assert kept_by(client, reverse("policies:list")) == "public, max-age=300"


@pytest.mark.parametrize("door", ["account_logout", "admin:logout"])
def test_signing_out_empties_the_browsers_cache(client: Client, door: str) -> None:
    client.force_login(UserFactory(is_staff=True))
    answer = client.post(reverse(door))
    assert answer.headers["Location"] == "/"
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert answer.headers["Cache-Control"] == NOBODY
    assert "Clear-Site-Data" not in client.get("/").headers


@pytest.mark.parametrize("path", ["/", "/livez", "/admin/", "/api/v1/nothing", "/no-such-page"])
def test_no_page_uses_the_device(client: Client, path: str) -> None:
    policy = client.get(path).headers["Permissions-Policy"]
    assert "camera=()" in policy
    assert "geolocation=()" in policy


# --- How long staff stay signed in


def be_there(client: Client, *, since: float = 0, seen: float = 0) -> None:
    """As if the person had signed in and been seen so many minutes ago."""
    session = client.session
    session[STAFF_SINCE_KEY] -= int(since * 60)
    session[STAFF_SEEN_KEY] -= int(seen * 60)
    session.save()


@pytest.fixture
def staff(client: Client) -> User:
    user = person(is_staff=True, is_superuser=True)
    sign_in(client, user.email)
    return user


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(("since", "seen"), [(100, 61), (721, 1)])
def test_staff_sign_in_again(client: Client, since: float, seen: float) -> None:
    be_there(client, since=since, seen=seen)
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    assert "You were signed out" in answer.text
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("staff")
def test_staff_who_are_at_work_stay(client: Client) -> None:
    for _ in range(3):
        be_there(client, since=59, seen=59)
        assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("staff")
def test_nothing_is_done_by_a_session_that_is_over(client: Client) -> None:
    be_there(client, seen=61)
    client.post(reverse("admin:accounts_user_add"), {"email": "new@example.com", "name": "New"})
    assert not User.objects.filter(email="new@example.com").exists()


def test_members_stay(client: Client) -> None:
    member = MemberFactory(user=person())
    sign_in(client, member.user.email)
    assert STAFF_SINCE_KEY not in client.session
    assert client.get(reverse("dashboard", args=[member.seller.pk])).status_code == 200
    assert client.session.get_expiry_age() > timedelta(hours=13).total_seconds()


def test_who_becomes_staff_is_limited_from_then_on(client: Client) -> None:
    user = person()
    sign_in(client, user.email)
    User.objects.update(is_staff=True)
    client.get("/admin/")
    be_there(client, since=721)
    assert client.get("/admin/").status_code == 302


def test_sessions_that_ended_are_forgotten() -> None:
    now = timezone.now()
    Session.objects.create(session_key="old", session_data="", expire_date=now - timedelta(days=1))
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(days=1))
    import_string(configured.CELERY_BEAT_SCHEDULE["forget-old-sessions"]["task"])()
    assert [session.session_key for session in Session.objects.all()] == ["new"]

"""Where a person is signed in: they see it, and end it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.models import User
from accounts.services import end_session, note_session_seen
from accounts.tasks import forget_old_sessions
from accounts.user_agents import browser_of, system_of
from accounts.wording import device_words
from tests.accounts.test_limits import person, sign_in
from tests.accounts.test_sign_in import NEW_PASSWORD, choose_password, is_signed_in
from tests.factories import PASSWORD, UserFactory
from tests.threads import at_once

pytestmark = pytest.mark.django_db

PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36"
)
DESK = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


def signed_in(user: User, user_agent: str = DESK) -> Client:
    client = Client(headers={"User-Agent": user_agent})
    sign_in(client, user.email)
    assert is_signed_in(client)
    return client


def key_of(client: Client) -> str:
    key = client.session.session_key
    assert key is not None
    return key


def session_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=key_of(client))


@pytest.fixture
def owner() -> User:
    return person()


def test_page_tells_this_device_and_every_other(owner: User) -> None:
    here = signed_in(owner)
    signed_in(owner, PHONE)
    signed_in(person())
    text = here.get(reverse("sessions")).text
    assert (text.count("Firefox on Linux"), text.count("This device")) == (1, 1)
    assert text.count("<b>Chrome on Android</b>") == 1
    assert text.count("127.0.0.1") == 2


def test_page_of_somebody_who_is_signed_in_once_offers_nothing_to_end(owner: User) -> None:
    text = signed_in(owner).get(reverse("sessions")).text
    assert "You are signed in nowhere else." in text
    assert reverse("sign_out_others") not in text


@pytest.mark.parametrize("others", [1, 3])
def test_page_takes_the_same_queries_for_any_number(owner: User, others: int, django_assert_num_queries: Any) -> None:
    here = signed_in(owner)
    for _ in range(others):
        signed_in(owner, PHONE)
    with django_assert_num_queries(14):
        assert here.get(reverse("sessions")).status_code == 200


def test_person_signs_out_of_one_place(owner: User) -> None:
    here, phone, tablet = signed_in(owner), signed_in(owner, PHONE), signed_in(owner, PHONE)
    answer = here.post(reverse("sign_out_session", args=[session_of(phone).pk]), follow=True)
    assert "You are signed out there." in answer.text
    assert [is_signed_in(one) for one in (here, phone, tablet)] == [True, False, True]


def test_person_signs_out_of_this_device(owner: User) -> None:
    here = signed_in(owner)
    here.post(reverse("sign_out_session", args=[session_of(here).pk]))
    assert not is_signed_in(here)


def test_session_of_somebody_else_is_not_there(owner: User) -> None:
    here, stranger = signed_in(owner), signed_in(person())
    address = reverse("sign_out_session", args=[session_of(stranger).pk])
    assert here.post(address).status_code == 404
    assert is_signed_in(stranger)
    assert here.get(address).status_code == 405


def test_person_signs_out_everywhere_else(owner: User) -> None:
    here, phone, stranger = signed_in(owner), signed_in(owner, PHONE), signed_in(person())
    answer = here.post(reverse("sign_out_others"), follow=True)
    assert "You are signed out everywhere else." in answer.text
    assert [is_signed_in(one) for one in (here, phone, stranger)] == [True, False, True]
    assert "You are signed in nowhere else." in here.post(reverse("sign_out_others"), follow=True).text


def test_visitors_sign_in_first(client: Client) -> None:
    for answer in (client.get(reverse("sessions")), client.post(reverse("sign_out_others"))):
        assert answer.headers["Location"].startswith(reverse("account_login"))


def test_new_password_ends_every_other_session(owner: User) -> None:
    here, phone = signed_in(owner), signed_in(owner, PHONE)
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    facts = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert here.post(reverse("account_change_password"), facts).status_code == 302
    assert [is_signed_in(here), Session.objects.filter(session_key=key_of(here)).exists()] == [True, True]
    assert not is_signed_in(phone)
    assert here.get(reverse("sessions")).text.count("<li><span><b>") == 1


def test_password_chosen_by_an_email_ends_every_session(owner: User) -> None:
    phone = signed_in(owner, PHONE)
    choose_password(Client(), owner.email)
    assert not is_signed_in(phone)
    assert not UserSession.objects.filter(user=owner).exists()


def test_password_chosen_by_staff_ends_every_session(owner: User) -> None:
    phone, boss = signed_in(owner, PHONE), signed_in(person(is_staff=True, is_superuser=True))
    boss.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    facts = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    boss.post(reverse("admin:auth_user_password_change", args=[owner.pk]), facts)
    assert [is_signed_in(phone), is_signed_in(boss)] == [False, True]


def test_person_is_noted_once_in_ten_minutes(owner: User, django_assert_num_queries: Any) -> None:
    client = signed_in(owner)
    before = session_of(client).last_seen_at
    client.get(reverse("account"))
    assert session_of(client).last_seen_at == before
    session = client.session
    session[sessions.SEEN_KEY] -= sessions.NOTED_EVERY
    session.save()
    client.get(reverse("account"), headers={"User-Agent": PHONE})
    assert session_of(client).last_seen_at > before
    assert session_of(client).user_agent == PHONE


def test_session_that_began_unseen_is_noted(owner: User, client: Client) -> None:
    client.force_login(owner)
    session = client.session
    del session[sessions.SEEN_KEY]
    session.save()
    client.get(reverse("account"))
    assert session_of(client).user == owner


def test_visitor_without_an_address_signs_in(owner: User) -> None:
    client = Client(REMOTE_ADDR="")
    sign_in(client, owner.email)
    assert session_of(client).ip == "0.0.0.0"


def test_what_is_known_of_a_session_goes_with_it(owner: User) -> None:
    gone, stays = signed_in(owner), signed_in(owner)
    Session.objects.filter(session_key=key_of(gone)).update(expire_date=timezone.now() - timedelta(days=1))
    forget_old_sessions()
    assert [one.session_key for one in UserSession.objects.all()] == [key_of(stays)]


def test_user_agent_that_is_long_is_cut(owner: User) -> None:
    facts = {"session_key": "k", "ip": "127.0.0.1", "user_agent": "x" * 999, "now": timezone.now()}
    note_session_seen(user=owner, **facts)
    assert UserSession.objects.get().user_agent == "x" * 200


@pytest.mark.django_db(transaction=True)
def test_session_that_is_ended_twice_at_once_ends_once() -> None:
    owner = person()
    session = session_of(signed_in(owner))
    ended = at_once(4, lambda: end_session(user=owner, session_id=session.pk))
    assert sorted(ended) == [False, False, False, True]


@pytest.mark.django_db(transaction=True)
def test_session_that_is_noted_at_once_is_noted_once() -> None:
    owner = UserFactory()
    facts = {"user": owner, "session_key": "k", "ip": "127.0.0.1", "user_agent": DESK, "now": timezone.now()}
    at_once(4, lambda: note_session_seen(**facts))
    assert UserSession.objects.count() == 1


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (PHONE, "Chrome on Android"),
        (DESK, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605", "Safari on macOS"),
        ("Firefox", "Firefox"),
        ("Linux", "Linux"),
        ("curl/8", "A browser that does not say its name"),
        ("", "A browser that does not say its name"),
    ],
)
def test_device_is_called_as_its_person_would(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words


def test_parts_that_are_unknown_are_empty() -> None:
    assert (browser_of("curl/8"), system_of("curl/8")) == ("", "")

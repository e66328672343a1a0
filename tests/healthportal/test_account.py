"""A person's settings on one page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.test_limits import with_factor
from tests.factories import MemberFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

HERE = "/account/"


@pytest.fixture
def person(client: Client) -> User:
    user: User = MemberFactory(user__name="Nina", seller__name="Daylight").user
    client.force_login(user)
    return user


def test_page_leads_to_every_setting_and_says_how_it_stands(client: Client, person: User) -> None:
    text = client.get(HERE).text
    seller = person.sellers.get()
    of_seller = {"seller_id": seller.pk}
    for address in [
        *(reverse(name) for name in ("account_email", "account_change_password", "mfa_index", "sessions")),
        *(reverse(name, kwargs=of_seller) for name in ("inbox:emails", "dates", "sellers:members")),
    ]:
        assert f'href="{address}' in text
    assert "Off: whoever knows your password gets in." in text
    assert "Closed: it can show the dates" in text


def test_second_factor_and_calendar_that_are_on_are_said_to_be(client: Client) -> None:
    user, _secret = with_factor()
    MemberFactory(user=user)
    User.objects.filter(pk=user.pk).update(calendar_key="abc")
    client.force_login(user)
    text = client.get(HERE).text
    assert "On: your password alone lets nobody in." in text
    assert "Open: your calendar program" in text


def test_person_without_sellers_has_settings_too(client: Client) -> None:
    client.force_login(UserFactory())
    answer = client.get(HERE)
    assert (answer.status_code, "How you are told" in answer.text) == (200, False)


def test_name_is_changed(client: Client, person: User) -> None:
    assert "Saved." in client.post(HERE, {"name": "Nina Berg", "time_factor": 2}, follow=True).text
    person.refresh_from_db()
    assert (person.name, person.language, person.time_factor) == ("Nina Berg", "", 2)


def test_language_is_chosen_of_those_that_the_portal_speaks(client: Client, person: User, settings: Any) -> None:
    settings.LANGUAGES = [("en", "English"), ("th", "Thai")]
    assert "Nothing was changed yet:" in client.post(HERE, {"name": "Nina", "language": "xx"}).text
    client.post(HERE, {"name": "Nina", "language": "th", "time_factor": 1})
    person.refresh_from_db()
    assert person.language == "th"


def test_time_zone_is_chosen_of_those_that_there_are(client: Client, person: User) -> None:
    assert "Nothing was changed yet:" in client.post(HERE, {"name": "Nina", "time_zone": "Mars/Base"}).text
    client.post(HERE, {"name": "Nina", "time_zone": "Asia/Bangkok", "time_factor": 1})
    person.refresh_from_db()
    assert (person.time_zone, str(person.own_zone)) == ("Asia/Bangkok", "Asia/Bangkok")
    client.post(HERE, {"name": "Nina", "time_zone": "", "time_factor": 1})
    person.refresh_from_db()
    assert person.own_zone is None


def test_name_that_is_too_long_is_kept_in_the_form(client: Client, person: User) -> None:
    answer = client.post(HERE, {"name": "x" * 121})
    assert "Nothing was changed yet:" in answer.text
    assert "x" * 121 in answer.text
    person.refresh_from_db()
    assert person.name == "Nina"


def test_visitors_sign_in_first(client: Client) -> None:
    assert client.get(HERE).headers["Location"].startswith(reverse("account_login"))

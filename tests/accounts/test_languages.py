"""Pages are in the language of who reads them, once the portal speaks more than one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.factories import UserFactory
from tests.translation import pseudo

pytestmark = pytest.mark.django_db
HOME = "/policies/"


@pytest.fixture
def two_languages(tmp_path: Path, settings: Any) -> str:
    pseudo.write(tmp_path)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), (pseudo.LANGUAGE, "Pseudo")]
    language: str = pseudo.LANGUAGE
    return language


def language_of(client: Client, **headers: str) -> str:
    response = client.get(HOME, headers=headers)
    lang = response.text.partition('<html lang="')[2].partition('"')[0]
    assert response.headers.get("Content-Language", lang) == lang
    return lang


def test_a_portal_of_one_language_asks_nobody() -> None:
    response = Client().get(HOME, headers={"Accept-Language": "de"})
    assert '<html lang="en"' in response.text
    assert "Accept-Language" not in response.headers.get("Vary", "")


def test_the_browsers_language_is_that_of_visitors(two_languages: str) -> None:
    assert language_of(Client(), **{"Accept-Language": f"{two_languages}, en;q=0.5"}) == two_languages
    assert language_of(Client(), **{"Accept-Language": "xx-unknown"}) == "en"
    assert "Accept-Language" in Client().get(HOME).headers["Vary"]


def test_who_chose_a_language_gets_it_whatever_the_browser_asks_for(two_languages: str) -> None:
    client = Client()
    client.force_login(UserFactory(language=two_languages))
    assert language_of(client, **{"Accept-Language": "en"}) == two_languages


@pytest.mark.parametrize("chosen", ["", "xx"])
def test_without_a_choice_that_the_portal_speaks_the_browser_decides(two_languages: str, chosen: str) -> None:
    client = Client()
    client.force_login(UserFactory(language=chosen))
    assert language_of(client, **{"Accept-Language": two_languages}) == two_languages


def test_the_api_speaks_the_portals_own_language(two_languages: str) -> None:
    response = Client().get("/api/v1/openapi.json", headers={"Accept-Language": two_languages})
    assert "Content-Language" not in response.headers

"""Every address that leaves the portal begins with ``BASE_URL``, whatever a request claims as its host."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthportal.search_engines import SITEMAPS
from tests.accounts.test_limits import PASSWORD, person
from tests.apps import APPS
from tests.factories import ArticleSectionFactory, MemberFactory, PolicyFactory, WorkshopFactory
from tests.letters import letters
from workshops.models import Signup

pytestmark = pytest.mark.django_db

BASE = "https://portal.example"
CLAIMED = "portal.example:4444"


@pytest.fixture
def visitor(settings: Any) -> Client:
    settings.BASE_URL = BASE
    settings.ALLOWED_HOSTS = ["portal.example", "other.example"]
    return Client(SERVER_NAME="portal.example", SERVER_PORT="4444")


def hosts(text: str) -> set[str]:
    return set(re.findall(r"https?://([^/\s\"<>]+)", text))


def test_links_of_account_emails(visitor: Client) -> None:
    user = person()
    visitor.post(reverse("account_reset_password"), {"email": user.email})
    visitor.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    visitor.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    visitor.post(reverse("account_email"), {"action_add": "", "email": "second@example.com"})
    sent = letters()
    assert sorted(letter.subject for letter in sent) == [
        "Choose a password",
        "Confirm your email address",
        "Email address added",
    ]
    links = [link for letter in sent for link in re.findall(r"https?://\S+", str(letter.body))]
    assert len(links) == 2
    assert all(link.startswith(f"{BASE}/accounts/") for link in links)
    assert not any(":4444" in f"{letter.subject} {letter.body} {letter.extra_headers}" for letter in sent)


def test_workshops_page_calendar_and_code(visitor: Client) -> None:
    now = timezone.now()
    workshop = WorkshopFactory(
        published_at=now, starts_at=now + timedelta(days=3), ends_at=now + timedelta(days=3, hours=2)
    )
    page = visitor.get(workshop.get_absolute_url()).text
    assert f'<link rel="canonical" href="{BASE}{workshop.get_absolute_url()}">' in page
    calendar = visitor.get(reverse("workshops:calendar", args=[workshop.pk])).content.decode().replace("\r\n ", "")
    assert f"UID:workshop-{workshop.pk}@portal.example\r\n" in calendar
    assert hosts(calendar) <= {"portal.example", "example.com", "www.tzurl.org"}
    member = MemberFactory()
    visitor.force_login(member.user)
    visitor.post(reverse("workshops:sign_up", args=[member.seller.pk, workshop.pk]))
    signup = Signup.objects.get()
    code = reverse("workshops:signup_qr", args=[member.seller.pk, signup.pk])
    image = visitor.get(code).content
    assert visitor.get(code, SERVER_NAME="other.example", SERVER_PORT="80").content == image


def public_addresses() -> list[str]:
    """What anybody may ask for, and caches may keep."""
    now = timezone.now()
    workshop = WorkshopFactory(
        published_at=now, starts_at=now + timedelta(days=3), ends_at=now + timedelta(days=3, hours=2)
    )
    ArticleSectionFactory(article__policy=PolicyFactory(code="claims"))
    named = {
        reverse(name)
        for name in ["home", "policies:list", "workshops:list", "workshops:past", "workshops:feed", "account_login"]
    }
    own = {reverse(f"workshops:{name}", args=[workshop.pk]) for name in ["calendar", "preview"]}
    others = {"/policies/claims/", "/policies/claims/article/", "/certificates/", "/api/v1/openapi.json"}
    files = {"/robots.txt", "/sitemap.xml", *(f"/sitemap-{name}.xml" for name in SITEMAPS)}
    return sorted(named | own | others | files | {workshop.get_absolute_url(), "/no-such-page"})


def test_nothing_public_repeats_the_host_of_a_request(visitor: Client) -> None:
    """Also where a library writes the addresses: a cache would hand them on to others."""
    for address in public_addresses():
        answer = visitor.get(address, SERVER_NAME="other.example")
        said = f"{answer.headers} {answer.getvalue().decode(errors='replace')}"
        assert answer.status_code in {200, 404}, address
        assert "other.example" not in said, address
        assert ":4444" not in said, address


def test_search_engines_are_told_addresses_of_the_portal(visitor: Client) -> None:
    public_addresses()
    index = visitor.get("/sitemap.xml").text
    found = re.findall("<loc>(.*?)</loc>", index)
    assert len(found) == len(SITEMAPS)
    for address in found:
        assert address.startswith(f"{BASE}/sitemap-")
        pages = re.findall("<loc>(.*?)</loc>", visitor.get(address.removeprefix(BASE)).text)
        assert pages
        assert all(page.startswith(f"{BASE}/") for page in pages)


def test_list_of_many_pages_is_told_in_parts(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SITEMAPS["pages"], "limit", 3)
    assert f"<loc>{BASE}/sitemap-pages.xml?p=2</loc>" in visitor.get("/sitemap.xml").text
    assert visitor.get("/sitemap-pages.xml?p=2").text.count("<loc>") == 1


def test_the_redirect_to_https(visitor: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_SSL_HOST = True, "portal.example"
    assert visitor.get("/policies/").headers["Location"] == f"{BASE}/policies/"


def test_no_code_builds_an_address_from_a_request() -> None:
    root = Path(configured.BASE_DIR)
    apps = [*APPS, "templates"]
    files = [file for app in apps for kind in ("*.py", "*.html", "*.txt") for file in (root / app).rglob(kind)]
    words = re.compile(r"build_absolute_uri|\bget_host\b|get_current_site|request\.scheme|HTTP_HOST")
    found = {str(file.relative_to(root)) for file in files if words.search(file.read_text())}
    assert found == {"accounts/saved_posts.py"}  # compares where a form came from, and builds nothing

"""What search engines are told of the portal."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.robotparser import RobotFileParser

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from tests.factories import ArticleSectionFactory, CityFactory, MemberFactory, PolicyFactory, WorkshopFactory

pytestmark = pytest.mark.django_db


def robots(client: Client) -> RobotFileParser:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    parser = RobotFileParser()
    parser.parse(response.text.splitlines())
    return parser


def locations(client: Client, address: str) -> list[str]:
    response = client.get(address)
    assert response["Content-Type"] == "application/xml"
    return [found.removeprefix("http://localhost:8000") for found in re.findall(r"<loc>(.*?)</loc>", response.text)]


def listed(client: Client) -> set[str]:
    return {page for section in locations(client, "/sitemap.xml") for page in locations(client, section)}


def test_public_pages_are_listed_and_drafts_are_not(client: Client) -> None:
    now = timezone.now()
    ahead = {"starts_at": now + timedelta(days=3), "ends_at": now + timedelta(days=3, hours=2)}
    workshop, draft = WorkshopFactory(city="Austin", **ahead), WorkshopFactory(published_at=None, **ahead)
    CityFactory(name="Leeds")
    policy = PolicyFactory(code="claims")
    ArticleSectionFactory(article__policy=policy)
    found = listed(client)
    pages = {workshop.get_absolute_url(), "/workshops/in/austin/", "/policies/claims/", "/policies/claims/article/"}
    assert pages | {"/", "/policies/", "/workshops/", "/workshops/past/"} == found
    assert draft.get_absolute_url() not in found
    assert {client.get(page).status_code for page in found} == {200}
    assert f"<lastmod>{workshop.changed_at:%Y-%m-%d}" in client.get("/sitemap-workshops.xml").text
    assert client.get("/sitemap-nothing.xml").status_code == 404


def test_robots_may_read_what_is_listed_and_nothing_that_asks_to_sign_in(client: Client) -> None:
    seller, workshop = MemberFactory().seller, WorkshopFactory()
    parser = robots(client)
    assert parser.site_maps() == ["http://localhost:8000/sitemap.xml"]
    assert all(parser.can_fetch("*", page) for page in listed(client))
    private = [seller.get_absolute_url(), reverse("admin:index"), reverse("sellers"), reverse("account")]
    private += [reverse("account_login"), reverse("workshops:door", args=["secret"]), "/api/v1/violations"]
    assert [page for page in private if parser.can_fetch("*", page)] == []
    assert "Disallow: /workshops/*/check-in/" in client.get("/robots.txt").text
    assert parser.can_fetch("*", workshop.get_absolute_url())


PUBLIC = {
    "", "policies/", "workshops/", "brand/", "certificates/", "badges/", "robots.txt", "sitemap.xml", "sitemap-",
    "livez", "readyz", "healthz",
}  # fmt: skip
"""How addresses begin that robots may read, or that lead nowhere."""


def beginnings(patterns: list[URLPattern | URLResolver], before: str = "") -> set[str]:
    """How all addresses of the portal begin, up to the first slash."""
    found: set[str] = set()
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver) and not route:
            found |= beginnings(one.url_patterns, route)
        else:
            found.add(re.split(r"(?<=/)|<", route.removeprefix("^"), maxsplit=1)[0])
    return found


def test_every_address_is_for_everybody_or_left_alone(client: Client) -> None:
    parser = robots(client)
    unknown = beginnings(get_resolver().url_patterns) - PUBLIC
    assert len(unknown) > 10
    assert {start for start in unknown if parser.can_fetch("*", f"/{start}x")} == set()

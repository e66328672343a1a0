"""Every page in a real browser: nothing for axe to find, nothing cut off at any size, all of it by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from django.urls import resolve, reverse
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests.e2e import every_page
from tests.e2e.every_page import Visit
from tests.e2e.measures import WAITS_FOR_SCRIPT, faults_of_large_text, faults_of_layout

pytestmark = pytest.mark.django_db

VISITS = [
    "nobody",
    "half",
    "a long word",
    every_page.CHINESE,
    every_page.ARABIC,
    "Nothing yet",
    "restricted",
    "careful",
    "staff",
]
VIOLATIONS = "axe.run({resultTypes: ['violations']}).then((found) => found.violations)"
EVERYBODY = pytest.mark.parametrize("who", VISITS)


@pytest.fixture(scope="module")
def visits(
    server: LiveServer, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Visit]]:
    """One data set for all tests of a worker, which only look."""
    with django_db_blocker.unblock():
        yield every_page.build()
        call_command("flush", verbosity=0, interactive=False)


def come_as(page: Page, server: LiveServer, visit: Visit) -> None:
    if visit.session:
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": visit.session, "url": server.url}
        page.context.add_cookies([cookie])


def test_every_named_page_is_looked_at(visits: dict[str, Visit]) -> None:
    looked_at = {resolve(path.partition("?")[0]).view_name for visit in visits.values() for path in visit.paths}
    assert looked_at | every_page.NO_PAGES == every_page.all_names()
    assert looked_at & every_page.NO_PAGES == set()


@EVERYBODY
def test_nothing_is_cut_off_everything_shows_its_focus_and_axe_finds_nothing(
    page: Page, server: LiveServer, visits: dict[str, Visit], who: str
) -> None:
    come_as(page, server, visits[who])
    faults = []
    for path in visits[who].paths:
        page.goto(server.url + path)
        assert lands_where_it_should(page, path)
        faults += [f"{path}: {one}" for one in (*faults_of_layout(page), *found_by_axe(page))]
    assert faults == []


def lands_where_it_should(page: Page, path: str) -> bool:
    """On its own page, not on the one to sign in; a link with a secret may put it away first."""
    here = page.url.removeprefix(page.evaluate("location.origin")).partition("?")[0]
    return resolve(here).view_name == resolve(path.partition("?")[0]).view_name


def found_by_axe(page: Page) -> list[str]:
    """What axe finds on an open page: light and wide, dark and narrow."""
    problems = []
    page.evaluate(Axe().axe_script)
    for colours, width in (("light", 1280), ("dark", 360)):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        for one in page.evaluate(VIOLATIONS):
            problems += [f"{colours}: {one['id']} at {node['target']}" for node in one["nodes"]]
    return problems


@EVERYBODY
def test_nothing_waits_for_script_or_is_cut_off_in_large_letters(
    large_letters: Browser, server: LiveServer, visits: dict[str, Visit], who: str
) -> None:
    context = large_letters.new_context(java_script_enabled=False)
    page = context.new_page()
    come_as(page, server, visits[who])
    faults = []
    for path in visits[who].paths:
        page.goto(server.url + path)
        faults += [f"{path}: {one}" for one in faults_of_large_text(page)]
        if path != reverse("styleguide"):  # its buttons do nothing
            faults += [f"{path}: {one}" for one in page.evaluate(WAITS_FOR_SCRIPT)]
    context.close()
    assert faults == []


@pytest.mark.parametrize("name", every_page.ERRORS)
def test_page_of_an_error_is_as_good_as_others(
    page: Page, server: LiveServer, visits: dict[str, Visit], name: str
) -> None:
    html = every_page.page_of_error(name)
    page.route(f"**/{name}", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{server.url}/{name}")
    assert [*faults_of_layout(page), *found_by_axe(page), *page.evaluate(WAITS_FOR_SCRIPT)] == []

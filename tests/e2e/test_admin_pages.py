"""Every page of the admin on a phone: nothing for axe to find, nothing cut off, and one heading that says what it is.

What there is to look at is read from the admin itself. A page that is made of the same parts as one that was looked at
is asked for and not looked at again; a step, a form or a table of its own makes a page new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from sellers.models import Seller
from tests.factories import UserFactory
from tests.healthportal.test_market_scope import MODELS, arguments, own_pages
from tests.healthportal.two_markets import Side, make_side
from workshops.models import Workshop

pytestmark = pytest.mark.django_db

LONG = "hashtag" * 13 + "post"
ABOUT_ONE = {"object_id", "id"}
MADE_OF_OTHER_PARTS = 25
"""Of hundreds of pages at least so many have a part of their own."""
WITHOUT_A_MODEL = ["admin:index", "admin:search", "admin:jobs"]
PARTS = re.compile(r'<(\w+)[^>]*?(?: class="([^"]*)")?(?: type="(\w+)")?[^>]*>')
NAMES = re.compile(r"\b(?:field-|column-|model-|app-|id_)\S*|\d+")

WIDER = """() => {
  const root = document.documentElement, h1 = document.querySelectorAll("h1");
  return [...(root.scrollWidth > root.clientWidth ? [`${root.scrollWidth} pixels wide`] : []),
          ...(h1.length === 1 ? [] : [`${h1.length} headings h1`])];
}"""

CUT = """() => {
  const table = document.querySelector("#changelist .results");
  return table ? table.scrollWidth - table.clientWidth : 0;
}"""

OF_DJANGO = {
    "empty-table-header",  # the corner above rows that belong to a record
    "aria-prohibited-attr",  # the help beside a chooser of many
}


@dataclass
class Staff:
    """Somebody who may do everything, by a client and by the session that a browser takes on."""

    client: Client
    session: str


@pytest.fixture(scope="module")
def side(
    server: LiveServer, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Side]:
    """Records of every kind, some of them with names of one long word."""
    patch = pytest.MonkeyPatch()
    storage = {**settings.STORAGES["attachments"], "OPTIONS": {"location": tmp_path_factory.mktemp("attachments")}}
    patch.setattr(settings, "STORAGES", {**settings.STORAGES, "attachments": storage})
    with django_db_blocker.unblock():
        made = make_side()
        Seller.objects.update(name=LONG)
        Workshop.objects.update(title=LONG, venue=LONG)
        yield made
        patch.undo()
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def staff(side: Side) -> Staff:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return Staff(client, client.cookies[settings.SESSION_COOKIE_NAME].value)


def addresses(side: Side) -> Iterator[str]:
    """Pages without a model, then of each model the list, the form to add one, and all pages of its newest record."""
    yield from map(reverse, WITHOUT_A_MODEL)
    for model in MODELS:
        records = [*side.of(model), *model._default_manager.order_by("-pk")[:1]]
        for pattern in own_pages(model):
            parts = set(pattern.pattern.converters)
            if not parts:
                yield reverse(f"admin:{pattern.name}")
            elif parts <= ABOUT_ONE and records:
                yield reverse(f"admin:{pattern.name}", kwargs=arguments(pattern, records[-1]))


def parts_of(html: str) -> set[tuple[str, ...]]:
    """What a page is made of: its tags with their classes, without what is named after one field or record."""
    return {tuple(NAMES.sub("", part).strip() for part in found) for found in PARTS.findall(html)}


def pages_that_differ(staff: Staff, side: Side) -> Iterator[str]:
    seen: set[tuple[str, ...]] = set()
    for path in addresses(side):
        answer = staff.client.get(path)
        if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
            continue
        parts = parts_of(answer.text)
        if parts - seen:
            seen |= parts
            yield path


def test_no_page_of_the_admin_has_a_fault_on_a_phone(
    page: Page, server: LiveServer, side: Side, staff: Staff, console_problems: list[str]
) -> None:
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": staff.session, "url": server.url}])
    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    faults, looked_at = [], 0
    for path in pages_that_differ(staff, side):
        page.goto(server.url + path)
        faults += [f"{path}: {one}" for one in [*page.evaluate(WIDER), *found_by_axe(page)]]
        looked_at += 1
    assert faults == []
    assert looked_at > MADE_OF_OTHER_PARTS
    console_problems[:] = [one for one in console_problems if "Applying inline style" not in one]


def test_no_list_cuts_a_column_off_beside_its_menu_and_filters(
    page: Page, server: LiveServer, side: Side, staff: Staff
) -> None:
    Seller.objects.update(name="Baan Fai Cotton Udon Thani")
    Workshop.objects.update(title="What counts as proof, and how to show it", venue="Town hall")
    User.objects.exclude(name="").update(name="Wilhelmina Abernathy")
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": staff.session, "url": server.url}])
    page.set_viewport_size({"width": 1280, "height": 800})
    cut = {}
    for model in MODELS:
        page.goto(server.url + reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        if wider := page.evaluate(CUT):
            cut[model._meta.label] = wider
    assert cut == {}


def found_by_axe(page: Page) -> Iterator[str]:
    options = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
    for one in Axe().run(page, options=options).response["violations"]:
        if one["id"] not in OF_DJANGO:
            yield from (f"{one['id']} at {node['target']}" for node in one["nodes"])

"""The pages in a real browser: by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from sellers.models import Member
from tests.e2e import test_accessibility as site

pytestmark = pytest.mark.django_db(transaction=True)

member = site.member  # the fixture of a seller with a record on every page

OUT_OF_REACH = """() => [...document.querySelectorAll(
    "main :is(a[href], button, input:not([type=hidden]), select, textarea, summary)")]
  .filter(one => !one.disabled && (one.checkVisibility() || getComputedStyle(one).display === "contents"))
  .filter(one => { one.focus(); return document.activeElement !== one; })
  .map(one => one.outerHTML.slice(0, 120))"""


def reachable(pages: list[str]) -> list[str]:
    """Without the page that is not there: the browser notes it as a problem."""
    return [path for path in pages if path != "/no-such-page/"]


def test_every_link_and_control_takes_focus(page: Page, live_server: LiveServer, member: Member) -> None:
    site.sign_in(page, live_server, member.user)
    unreachable = {}
    for path in reachable(site.seller_pages(member)):
        page.goto(live_server.url + path)
        unreachable[path] = page.evaluate(OUT_OF_REACH)
    assert {path: found for path, found in unreachable.items() if found} == {}

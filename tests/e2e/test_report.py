"""A weekly report in a real browser: what is behind its disclosures can be reached and printed, without script too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from sellers.models import Member
from tests.e2e import test_accessibility as site

pytestmark = pytest.mark.django_db(transaction=True)

member = site.member  # the fixture of a seller with a record on every page


def open_report(page: Page, live_server: LiveServer, member: Member) -> None:
    site.sign_in(page, live_server, member.user)
    page.goto(live_server.url + member.seller.reports.latest("week_start").get_absolute_url())
    expect(page.locator(".part:visible")).to_have_count(0)


def test_figures_open_the_part_that_they_lead_to(browser: Browser, live_server: LiveServer, member: Member) -> None:
    page = browser.new_page(java_script_enabled=False)
    open_report(page, live_server, member)
    links = page.locator(".report-changes a").all()
    assert len(links) > 2
    for link in links:
        target = link.get_attribute("href") or ""
        link.click()
        expect(page.locator(target)).to_be_visible()


def test_every_part_is_printed(page: Page, live_server: LiveServer, member: Member) -> None:
    open_report(page, live_server, member)
    page.emulate_media(media="print")
    parts = page.locator(".part").count()
    assert parts > 4
    expect(page.locator(".parts h2:visible")).to_have_count(parts)
    expect(page.locator(".part:visible")).to_have_count(parts)
    expect(page.locator(".report-tools")).to_be_hidden()

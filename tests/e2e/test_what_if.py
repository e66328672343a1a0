"""Choosing what one more violation would be: at once with script, by a button without it."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from sellers.models import Member
from tests.e2e import test_accessibility as site
from tests.factories import PolicyFactory

pytestmark = pytest.mark.django_db(transaction=True)

member = site.member  # the fixture of a seller with a record on every page


def test_a_choice_is_answered_at_once_and_keeps_the_focus(page: Page, live_server: LiveServer, member: Member) -> None:
    policy = PolicyFactory(name="A grave one", points=100)
    site.sign_in(page, live_server, member.user)
    page.goto(live_server.url + reverse("dashboard", kwargs={"seller_id": member.seller_id}))
    here, choice = page.url, page.locator("#what-if select")
    choice.focus()
    choice.select_option(policy.code)
    expect(page.locator("#what-if-answer")).to_contain_text("+100 points")
    expect(choice).to_be_focused()
    assert page.url == here


def test_a_choice_is_answered_on_a_page_without_script(
    browser: Browser, live_server: LiveServer, member: Member
) -> None:
    policy = PolicyFactory(name="A grave one", points=100)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    site.sign_in(page, live_server, member.user)
    page.goto(live_server.url + reverse("dashboard", kwargs={"seller_id": member.seller_id}))
    page.locator("#what-if select").select_option(policy.code)
    page.locator("#what-if button").click()
    expect(page.locator("#what-if-answer")).to_contain_text("+100 points")
    assert f"policy={policy.code}" in page.url
    context.close()

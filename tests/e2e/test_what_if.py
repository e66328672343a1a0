"""Choosing what one more violation would be: at once with script, by a button without it."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Locator, Page, expect
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


@pytest.mark.parametrize("name", ["dashboard", "violations:what_if"])
def test_a_day_is_picked_by_keyboard_and_from_the_calendar(
    page: Page, live_server: LiveServer, member: Member, name: str
) -> None:
    """The console stays free of breaches of the policy, whatever a browser does to pick a day (the fixture looks)."""
    site.sign_in(page, live_server, member.user)
    page.goto(live_server.url + reverse(name, kwargs={"seller_id": member.seller_id}))
    day, answer = page.locator("#what-if input[type=date]"), page.locator("#what-if-answer")
    for pick in (pick_by_keyboard, pick_from_calendar):
        with page.expect_response(lambda response: "what-if" in response.url and "day=" in response.url):
            pick(page, day)
        expect(answer).to_contain_text("points")
    with page.expect_response("**/what-if/**"):
        day.fill("2001-01-01")
    expect(page.locator("#what-if")).to_contain_text("This could not be used:")


def pick_by_keyboard(page: Page, day: Locator) -> None:
    day.focus()
    page.keyboard.press("ArrowUp")


def pick_from_calendar(page: Page, day: Locator) -> None:
    day.click(position={"x": day.bounding_box()["width"] - 14, "y": 14})  # type: ignore[index]  # it is there
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

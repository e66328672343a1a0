"""The queue of appeals by keys alone, in a real browser."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.e2e.test_accessibility import sign_in
from tests.factories import LONG_AGO, MarketFactory, PolicyFactory, SellerFactory, UserFactory, issue
from tests.violations.appealing import DENIAL, appeal_against
from violations.models import Appeal, AppealReason, Macro

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue(page: Page, live_server: LiveServer) -> list[Appeal]:
    """Two appeals, the first of them to be decided first, and a reviewer who has signed in."""
    market = MarketFactory(books_closed_until=LONG_AGO)
    appeals = [
        appeal_against(issue(SellerFactory(market=market, name=name), PolicyFactory()), now=timezone.now())
        for name in ("Alder", "Birch")
    ]
    Macro.objects.create(kind="deny", name="On tape", text=DENIAL)
    AppealReason.objects.create(outcome="denied", code="on-tape", label="On the tape")
    sign_in(page, live_server, UserFactory(is_staff=True, is_superuser=True))
    return appeals


def test_appeal_is_found_taken_and_denied_without_a_mouse(
    page: Page, live_server: LiveServer, queue: list[Appeal]
) -> None:
    first, second = queue
    page.goto(live_server.url + reverse("admin:violations_appeal_changelist"))
    page.keyboard.press("j")
    expect(page.locator("#result_list tbody th a").nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#result_list tbody th a").nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("o")
    page.wait_for_url(f"**{reverse('admin:violations_appeal_change', args=[first.pk])}**")
    page.keyboard.press("t")
    expect(page.locator(".review-claim")).to_contain_text("You have it")
    page.keyboard.press("d")
    page.wait_for_url("**/deny/")
    page.keyboard.press("c")
    expect(page.locator("#id_reason_code")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator("#id_reason")).to_have_value(DENIAL)
    expect(page.locator("#id_reason")).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type("dnu")  # letters are letters in a field
    expect(page.locator("#id_reason")).to_have_value(f"{DENIAL}dnu")
    page.select_option("#id_reason_code", "on-tape")
    page.keyboard.press("Escape")
    page.locator("[type=submit].default").press("Enter")
    page.wait_for_url(f"**{reverse('admin:violations_appeal_change', args=[first.pk])}**")
    assert Appeal.objects.get(pk=first.pk).state == "denied"
    page.keyboard.press("u")
    page.wait_for_url(f"**{reverse('admin:violations_appeal_changelist')}*")
    page.keyboard.press("n")
    page.wait_for_url(f"**{reverse('admin:violations_appeal_change', args=[second.pk])}**")


def test_keys_are_shown_and_can_be_switched_off(page: Page, live_server: LiveServer, queue: list[Appeal]) -> None:
    page.goto(live_server.url + reverse("admin:violations_appeal_changelist"))
    page.keyboard.press("?")
    expect(page.get_by_text("Next and previous appeal")).to_be_visible()
    page.get_by_label("Keys are on, in this browser").uncheck()
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(page.locator("#result_list tbody th a").nth(0)).not_to_be_focused()
    page.reload()
    expect(page.get_by_label("Keys are on, in this browser")).not_to_be_checked()
    page.keyboard.press("j")
    expect(page.locator("#result_list tbody th a").nth(0)).not_to_be_focused()


def test_search_is_reached_by_a_key(page: Page, live_server: LiveServer, queue: list[Appeal]) -> None:
    page.goto(live_server.url + reverse("admin:violations_appeal_changelist"))
    page.keyboard.press("/")
    expect(page.locator("#searchbar")).to_be_focused()
    page.keyboard.type("jk")
    expect(page.locator("#searchbar")).to_have_value("jk")

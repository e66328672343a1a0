"""What staff type quickly, in a real browser."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.e2e.test_accessibility import sign_in
from tests.factories import MarketFactory, PolicyFactory, SellerFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("delay", [20, 60, 150])
def test_typing_quickly_and_enter_never_chooses_another_record(
    page: Page, live_server: LiveServer, admin_user: User, delay: int
) -> None:
    PolicyFactory()
    SellerFactory(name="Alder & Thimble", external_id="us-0004")
    SellerFactory(name="Lundy Crafts", external_id="us-0005")
    SellerFactory(name="Lumen Skin", external_id="us-0001")
    sign_in(page, live_server, admin_user)
    page.goto(live_server.url + reverse("admin:violations_violation_add"))
    page.click(".field-seller .select2-selection")
    field = page.locator(".select2-search__field")
    field.wait_for()
    field.press_sequentially("lumen", delay=delay)
    field.press("Enter")
    chosen = page.locator(".field-seller select").evaluate("select => select.selectedOptions[0]?.text || ''")
    assert "Alder" not in chosen
    assert "Lundy" not in chosen

    page.locator(".select2-results__option", has_text="Lumen Skin (us-0001").wait_for()
    page.wait_for_timeout(400)  # what was typed is looked up a moment later
    if not chosen.startswith("Lumen"):
        page.locator(".select2-search__field").press("Enter")
    chosen = page.locator(".field-seller select").evaluate("select => select.selectedOptions[0].text")
    assert chosen.startswith("Lumen Skin (us-0001")


def test_nothing_is_offered_before_two_letters(page: Page, live_server: LiveServer, admin_user: User) -> None:
    SellerFactory(name="Alder & Thimble")
    sign_in(page, live_server, admin_user)
    page.goto(live_server.url + reverse("admin:violations_violation_add"))
    page.click(".field-seller .select2-selection")
    page.locator(".select2-search__field").press_sequentially("a")
    page.wait_for_timeout(700)
    assert page.locator(".select2-results__option--selectable").count() == 0


def test_second_click_sends_nothing_and_takes_no_secret_away(
    page: Page, live_server: LiveServer, admin_user: User
) -> None:
    MarketFactory()
    sign_in(page, live_server, admin_user)
    page.goto(live_server.url + reverse("admin:sellers_apitoken_add"))
    page.select_option("[name=market]", index=1)
    page.fill("[name=name]", "feed")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("[type=submit].default").evaluate("button => { button.click(); setTimeout(() => button.click()); }")
    page.locator("#secret").wait_for()
    assert len(sent) == 1


def test_new_token_is_copied_by_its_button(page: Page, live_server: LiveServer, admin_user: User) -> None:
    MarketFactory()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, live_server, admin_user)
    page.goto(live_server.url + reverse("admin:sellers_apitoken_add"))
    page.select_option("[name=market]", index=1)
    page.fill("[name=name]", "feed")
    page.click("[type=submit].default")
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied", exact=True).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#secret").text_content()

"""The recovery plan in a real browser: what is ticked is said anew, with script and without."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from sellers.models import Member
from tests.e2e.test_accessibility import sign_in
from tests.factories import LONG_AGO, MarketFactory, MemberFactory, PolicyFactory, QuizFactory, SellerFactory, issue
from tests.sellers.branding import brand

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member() -> Member:
    """Of a seller with 8 points, of which two passes have to take off two for good standing."""
    market = MarketFactory(books_closed_until=timezone.now() - timedelta(days=30))
    made: Member = MemberFactory(seller=SellerFactory(market=market, created_at=LONG_AGO))
    policy = PolicyFactory(points=8)
    QuizFactory(policy=policy)
    issue(made.seller, policy, now=timezone.now() - timedelta(hours=1))
    return made


def test_ticking_says_the_dates_anew_where_the_focus_stays(page: Page, live_server: LiveServer, member: Member) -> None:
    sign_in(page, live_server, member.user)
    page.goto(live_server.url + member.seller.get_absolute_url())
    expect(page.locator("#plan-said")).to_contain_text("With 2 quizzes: at once.")
    boxes = page.locator("#plan input[type=checkbox]")
    page.evaluate("document.body.dataset.is = 'the same page'")
    for number in range(boxes.count() - 1):
        boxes.nth(number).press("Space")
    expect(page.locator("#plan-said")).to_contain_text("Good standing on ")
    expect(boxes.nth(boxes.count() - 2)).to_be_focused()
    assert page.evaluate("document.body.dataset.is") == "the same page"
    page.reload()
    expect(page.locator("#plan-said")).to_contain_text("Good standing on ")
    assert [box.is_checked() for box in boxes.all()] == [False] * (boxes.count() - 1) + [True]


def test_without_script_a_button_asks(browser: Browser, live_server: LiveServer, member: Member) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server, member.user)
    page.goto(live_server.url + member.seller.get_absolute_url())
    boxes = page.locator("#plan input[type=checkbox]")
    for box in boxes.all():
        box.uncheck()
    boxes.first.press("Enter")
    expect(page.locator("#plan-said")).to_contain_text("Do nothing: good standing on ")
    expect(boxes.first).not_to_be_checked()
    context.close()


def test_first_step_is_above_the_fold_of_a_phone(page: Page, live_server: LiveServer, member: Member) -> None:
    for policy in PolicyFactory.create_batch(2, points=6):
        QuizFactory(policy=policy)
        issue(member.seller, policy, now=timezone.now() - timedelta(hours=1))
    page.set_viewport_size({"width": 360, "height": 800})
    sign_in(page, live_server, member.user)
    page.goto(live_server.url + member.seller.get_absolute_url())
    button = page.locator("#plan .button").first.bounding_box()
    assert button is not None
    assert button["y"] + button["height"] <= 760


def test_chart_is_beside_its_plan_on_the_first_screen_of_a_desk(
    page: Page, live_server: LiveServer, member: Member
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    sign_in(page, live_server, member.user)
    page.goto(live_server.url + member.seller.get_absolute_url())
    plan, chart = page.locator("#plan").bounding_box(), page.locator("#timeline .chart-plot").bounding_box()
    button = page.locator("#plan .button").first.bounding_box()
    assert plan is not None
    assert chart is not None
    assert button is not None
    assert plan["x"] + plan["width"] <= chart["x"]
    assert max(one["y"] + one["height"] for one in (chart, button)) <= 800


def test_way_out_is_above_the_fold_of_a_phone(page: Page, live_server: LiveServer, member: Member) -> None:
    brand(member.seller.market, support_url="https://support.example/")
    for policy in PolicyFactory.create_batch(5, points=8):
        issue(member.seller, policy, now=timezone.now() - timedelta(hours=1))
    page.set_viewport_size({"width": 360, "height": 800})
    sign_in(page, live_server, member.user)
    page.goto(live_server.url + member.seller.get_absolute_url())
    button = page.get_by_role("link", name="Ask seller support", exact=True).bounding_box()
    assert button is not None
    assert button["y"] + button["height"] <= 760

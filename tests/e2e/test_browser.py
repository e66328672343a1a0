"""That the browser fixtures work: a page loads, and what its console complains about fails a test."""

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer


def test_sign_in_page_opens_in_a_browser(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/accounts/login/")
    expect(page.locator("input[type=password]")).to_be_visible()


def test_breach_of_the_content_security_policy_is_noticed(
    page: Page, live_server: LiveServer, console_problems: list[str]
) -> None:
    page.goto(f"{live_server.url}/accounts/login/")
    with page.expect_console_message():
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">No</p>')")
    assert "Content Security Policy" in console_problems.pop()

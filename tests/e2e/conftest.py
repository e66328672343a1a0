"""A real browser: Debian's chromium, driven by Playwright. Tests ask for ``page`` and ``live_server``."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import modify_settings
from playwright.sync_api import Browser, BrowserType, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "chromium is not installed (on Debian: apt install chromium)"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return {**browser_type_launch_args, "executable_path": chromium, "args": QUIET}


@pytest.fixture
def console_problems() -> list[str]:
    return []


@pytest.fixture
def page(page: Page, console_problems: list[str]) -> Iterator[Page]:
    """A page whose test fails if anything goes wrong in the browser's console, such as a breach of the CSP."""

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            console_problems.append(f"{message.text} ({message.location['url']})")

    page.on("console", note)
    page.on("pageerror", lambda error: console_problems.append(str(error)))
    yield page
    assert console_problems == []


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[LiveServer]:
    """As ``live_server``, for tests that share a data set: the tables are not emptied after each of them."""
    with modify_settings(ALLOWED_HOSTS={"append": "localhost"}):
        server = LiveServer("localhost")
        yield server
        server.stop()


@pytest.fixture(scope="session")
def large_letters(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """A browser of somebody who has set letters of twice the size."""
    args = [*QUIET, "--blink-settings=defaultFontSize=32"]
    browser = browser_type.launch(**{**browser_type_launch_args, "args": args})
    yield browser
    browser.close()

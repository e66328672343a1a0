"""That a browser in another time zone tells when a workshop is there, in the words of the server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from kit.formatting import period_words
from tests.factories import WorkshopFactory

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(timezone.now().year + 1, 12, 1, 3, 30, tzinfo=UTC)
"""21:30 on the last of November in Chicago."""


def own_time(browser: Browser, server: LiveServer, path: str, *, zone: str) -> str | None:
    """What the page tells of the reader's own clock; nothing if it is the venue's."""
    context = browser.new_context(timezone_id=zone)
    page = context.new_page()
    page.goto(server.url + path)
    line = page.locator("[data-own-time]")
    told = " ".join(line.inner_text().split()) if line.is_visible() else None
    context.close()
    return told


def test_own_clock_is_told_as_the_server_would(browser: Browser, live_server: LiveServer) -> None:
    hours = timedelta(hours=2, minutes=30)
    workshop = WorkshopFactory(starts_at=START, ends_at=START + hours, time_zone="America/Chicago")
    zones = ["Europe/Berlin", "America/Los_Angeles", "Asia/Bangkok", "Australia/Sydney", "Pacific/Kiritimati"]
    found = {zone: own_time(browser, live_server, workshop.get_absolute_url(), zone=zone) for zone in zones}
    assert found == {
        zone: f"On your clock: {period_words(START, START + hours, zone=ZoneInfo(zone))} ({zone})" for zone in zones
    }
    assert own_time(browser, live_server, workshop.get_absolute_url(), zone="America/Chicago") is None
    assert own_time(browser, live_server, workshop.get_absolute_url(), zone="America/Mexico_City") is None

"""The door of a workshop in a real browser: with a camera, without a network, at two doors, with a helper's link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import segno
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from audit.models import AuditEntry
from tests.e2e.conftest import QUIET
from tests.factories import UserFactory, WorkshopFactory
from tests.workshops.places import fill
from workshops.models import DoorLink, DoorScan, Signup, Workshop
from workshops.services import cancel_signup, check_in, make_door_link, revoke_door_link

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 360, "height": 640}


@pytest.fixture
def host() -> User:
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def workshop() -> Workshop:
    """Its door is open; nobody is here yet."""
    now = timezone.now()
    found: Workshop = WorkshopFactory(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=4))
    return found


@pytest.fixture
def signups(workshop: Workshop) -> list[Signup]:
    return fill(workshop, 3, now=timezone.now() - timedelta(days=1))


def session_cookie(user: User, address: str) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": address,
    }


@pytest.fixture
def at_door(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Opens a page of the door on a phone of its own."""
    contexts: list[BrowserContext] = []

    def opened(path: str, user: User | None = None) -> Page:
        context = browser.new_context(viewport=PHONE, base_url=live_server.url)
        contexts.append(context)
        if user:
            context.add_cookies([session_cookie(user, live_server.url)])
        page = context.new_page()
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def door_of(workshop: Workshop) -> str:
    return reverse("workshops:check_in", args=[workshop.pk])


def link_to(workshop: Workshop, name: str = "North door") -> tuple[DoorLink, str]:
    host = UserFactory(is_staff=True)
    link, secret = make_door_link(workshop=workshop, name=name, made_by=host, now=timezone.now())
    return link, reverse("workshops:door", kwargs={"token": secret})


def line(page: Page, signup: Signup) -> Any:
    return page.locator(f'li[data-place="{signup.pk}"]')


def tap_in(page: Page, signup: Signup) -> None:
    line(page, signup).get_by_role("button", name="Check in").click()


def next_one(page: Page) -> None:
    page.get_by_role("button", name="Next").click()


def kept_on(page: Page) -> list[str]:
    found: list[str] = page.evaluate("Object.values(localStorage)")
    return found


def verdict(page: Page) -> Any:
    return page.locator("#door-verdict")


def type_code(page: Page, code: str) -> None:
    page.get_by_label("Check-in code").fill(code)
    page.locator("#door-code").get_by_role("button", name="Check in").click()


def test_a_code_is_answered_in_large_letters_and_counted(
    at_door: Callable[..., Page], host: User, workshop: Workshop, signups: list[Signup]
) -> None:
    page = at_door(door_of(workshop), host)
    type_code(page, signups[0].spelled_code.lower())
    expect(verdict(page)).to_contain_text("Yes")
    expect(verdict(page)).to_contain_text(signups[0].seller.name)
    expect(page.locator("#door-counts")).to_contain_text("1 here")
    next_one(page)
    type_code(page, signups[0].check_in_code)
    expect(verdict(page)).to_contain_text("Already here")
    next_one(page)
    type_code(page, "NOBODY99")
    expect(verdict(page)).to_contain_text("No sign-up has this code")
    assert kept_on(page) == []


def test_a_slip_is_undone_from_the_answer(
    at_door: Callable[..., Page], host: User, workshop: Workshop, signups: list[Signup]
) -> None:
    page = at_door(door_of(workshop), host)
    tap_in(page, signups[0])
    expect(verdict(page)).to_contain_text("Yes")
    verdict(page).get_by_role("button", name="Undo").click()
    expect(verdict(page)).to_contain_text("Taken back")
    expect(line(page, signups[0]).get_by_role("button", name="Check in")).to_be_visible()
    assert not Signup.objects.came().exists()
    assert AuditEntry.objects.filter(action="undo_check_in", person=host).count() == 1


def test_the_network_goes_and_comes_back(
    at_door: Callable[..., Page], host: User, workshop: Workshop, signups: list[Signup]
) -> None:
    """Scans go on; they are kept without a name or a code, sent once, and come when they were made."""
    page = at_door(door_of(workshop), host)
    page.context.set_offline(True)
    type_code(page, signups[0].check_in_code)
    expect(verdict(page)).to_contain_text("Yes")
    expect(verdict(page)).to_contain_text("Kept on this phone")
    next_one(page)
    tap_in(page, signups[1])
    expect(verdict(page)).to_contain_text("Yes")
    next_one(page)
    type_code(page, signups[0].check_in_code)
    expect(verdict(page)).to_contain_text("Already here")
    next_one(page)
    type_code(page, "NOBODY99")
    expect(verdict(page)).to_contain_text("not on the list")
    next_one(page)
    expect(page.locator("#door-network")).to_contain_text("No network")
    expect(page.locator("#door-counts")).to_contain_text("2 here")
    kept = kept_on(page)
    assert len(kept) == 3
    for secret in [*(one.seller.name for one in signups), *(one.check_in_code for one in signups)]:
        assert secret not in "".join(kept)
    assert not Signup.objects.came().exists()

    before = timezone.now()
    page.context.set_offline(False)
    expect(page.locator("#door-network")).to_be_hidden()
    assert kept_on(page) == []
    came = Signup.objects.came().order_by("pk")
    assert [signup.pk for signup in came] == [signups[0].pk, signups[1].pk]
    assert all(signup.checked_in_at < before for signup in came)
    assert DoorScan.objects.count() == 3


def test_what_is_kept_outlives_the_page(
    at_door: Callable[..., Page], host: User, workshop: Workshop, signups: list[Signup]
) -> None:
    page = at_door(door_of(workshop), host)
    page.context.set_offline(True)
    tap_in(page, signups[0])
    expect(verdict(page)).to_contain_text("Yes")
    context = page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(door_of(workshop))
    expect(line(again, signups[0])).to_contain_text("here since")
    expect(again.locator("#door-network")).to_be_hidden()
    assert kept_on(again) == []
    assert Signup.objects.came().get() == signups[0]


def test_two_doors_merge_and_the_second_is_told_since_when(
    at_door: Callable[..., Page], host: User, workshop: Workshop, signups: list[Signup]
) -> None:
    _, north = link_to(workshop)
    page, other = at_door(north), at_door(door_of(workshop), host)
    page.context.set_offline(True)
    tap_in(page, signups[0])
    expect(verdict(page)).to_contain_text("Yes")
    other.wait_for_timeout(50)
    tap_in(other, signups[0])
    expect(verdict(other)).to_contain_text("Yes")
    later = Signup.objects.came().get().checked_in_at
    page.context.set_offline(False)
    expect(page.locator("#door-network")).to_be_hidden()
    signups[0].refresh_from_db()
    assert later is not None
    assert signups[0].checked_in_at is not None
    assert signups[0].checked_in_at < later
    assert Signup.objects.came().count() == 1
    assert {entry.actor for entry in AuditEntry.objects.filter(action="check_in")} == {
        host.email,
        "Door link “North door”",
    }


def test_a_link_that_is_revoked_wipes_the_phone(
    at_door: Callable[..., Page], workshop: Workshop, signups: list[Signup]
) -> None:
    link, address = link_to(workshop)
    page = at_door(address)
    expect(page.get_by_role("link", name="List to print")).to_have_count(0)
    page.context.set_offline(True)
    tap_in(page, signups[0])
    expect(verdict(page)).to_contain_text("Yes")
    assert kept_on(page)
    revoke_door_link(link=link, revoked_by=UserFactory(), now=timezone.now())
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()
    assert kept_on(page) == []
    assert not Signup.objects.came().exists()


def test_who_was_signed_out_meanwhile_loses_nothing(
    at_door: Callable[..., Page], host: User, workshop: Workshop, signups: list[Signup], live_server: LiveServer
) -> None:
    page = at_door(door_of(workshop), host)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    tap_in(page, signups[0])
    expect(page.locator("#door-network")).to_contain_text("You are signed out")
    assert len(kept_on(page)) == 1
    page.context.add_cookies([session_cookie(host, live_server.url)])
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#door-network")).to_be_hidden()
    assert Signup.objects.came().get() == signups[0]


def test_who_signs_in_again_goes_on_in_the_page_that_is_open(
    at_door: Callable[..., Page], host: User, workshop: Workshop, signups: list[Signup], live_server: LiveServer
) -> None:
    """Signing in makes new secrets for forms, which the open page learns of."""
    page = at_door(door_of(workshop), host)
    page.context.add_cookies([{"name": settings.CSRF_COOKIE_NAME, "value": "a" * 32, "url": live_server.url}])
    tap_in(page, signups[0])
    expect(verdict(page)).to_contain_text("Kept on this phone")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_timeout(500)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#door-network")).to_be_hidden()
    assert Signup.objects.came().get() == signups[0]


def test_a_scan_that_the_portal_refuses_later_is_said(
    at_door: Callable[..., Page], host: User, workshop: Workshop, signups: list[Signup]
) -> None:
    page = at_door(door_of(workshop), host)
    page.context.set_offline(True)
    tap_in(page, signups[0])
    expect(verdict(page)).to_contain_text("Yes")
    cancel_signup(signup=signups[0], user=signups[0].user, now=timezone.now())
    page.context.set_offline(False)
    expect(page.locator("#door-problems")).to_contain_text(f"The place of {signups[0].seller} was cancelled.")


def test_names_are_found_while_one_types(
    at_door: Callable[..., Page], host: User, workshop: Workshop, signups: list[Signup]
) -> None:
    page = at_door(door_of(workshop), host)
    page.get_by_label("Find by name").fill(signups[1].seller.name.upper())
    expect(line(page, signups[1])).to_be_visible()
    expect(line(page, signups[0])).to_be_hidden()
    for word in ("nobody at all", "check in"):
        page.get_by_label("Find by name").fill(word)
        expect(page.locator("#door-none")).to_be_visible()


def test_the_list_follows_what_happens_elsewhere(
    at_door: Callable[..., Page], host: User, workshop: Workshop, signups: list[Signup]
) -> None:
    page = at_door(door_of(workshop), host)
    check_in(workshop=workshop, code=signups[2].check_in_code, now=timezone.now())
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#door-counts")).to_contain_text("1 here")
    expect(line(page, signups[2])).to_contain_text("here since")


def test_a_page_without_a_network_is_not_left_by_a_slip(
    at_door: Callable[..., Page], host: User, workshop: Workshop, signups: list[Signup]
) -> None:
    page = at_door(door_of(workshop), host)
    page.context.set_offline(True)
    page.get_by_role("link", name="List to print").click()
    expect(verdict(page)).to_contain_text("This needs a network")
    expect(line(page, signups[0])).to_be_visible()


def video_of(text: str, path: Path) -> None:
    """A film of half a minute that shows a QR code, as Chromium takes one for its camera."""
    image = BytesIO()
    segno.make(text, error="m", micro=False).save(image, kind="png", scale=6, border=8)
    code = Image.open(image).convert("RGB")
    frame = Image.new("RGB", (640, 480), "white")
    frame.paste(code, ((640 - code.width) // 2, (480 - code.height) // 2))
    picture = BytesIO()
    frame.save(picture, "JPEG", quality=95)
    path.write_bytes(picture.getvalue() * 30)


@pytest.fixture
def with_camera(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], tmp_path: Path
) -> Iterator[Callable[[str], Browser]]:
    browsers: list[Browser] = []

    def started(text: str) -> Browser:
        film = tmp_path / "code.mjpeg"
        video_of(text, film)
        fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        args = [*QUIET, *fake, f"--use-file-for-fake-video-capture={film}"]
        browsers.append(browser_type.launch(**{**browser_type_launch_args, "args": args}))
        return browsers[-1]

    yield started
    for browser in browsers:
        browser.close()


def test_the_camera_reads_the_code_of_a_place(
    with_camera: Callable[[str], Browser],
    host: User,
    workshop: Workshop,
    signups: list[Signup],
    live_server: LiveServer,
) -> None:
    """With the portal's own decoder, under its strict policy: what the seller's page shows is held before the lens."""
    shown = reverse("workshops:check_in", args=[workshop.pk], query={"code": signups[0].check_in_code})
    context = with_camera(live_server.url + shown).new_context(viewport=PHONE, base_url=live_server.url)
    context.add_cookies([session_cookie(host, live_server.url)])
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    answer = page.goto(door_of(workshop))
    assert answer is not None
    assert "camera=(self)" in answer.headers["permissions-policy"]
    page.get_by_role("button", name="Scan a code").click()
    expect(verdict(page)).to_contain_text("Yes", timeout=15_000)
    expect(verdict(page)).to_contain_text(signups[0].seller.name)
    assert Signup.objects.came().get() == signups[0]
    page.wait_for_timeout(1500)
    assert DoorScan.objects.count() == 1
    page.get_by_role("button", name="Stop the camera").click(force=True)
    assert problems == []
    context.close()

"""What a browser does once a form was refused, and how menus close: with script, without it, and by keyboard."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from quizzes.models import Quiz
from sellers.models import Member
from tests.e2e import test_accessibility as site
from violations.models import Violation
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

member = site.member  # the fixture of a seller with a record on every page


SEND = "form => {}"  # as it stands: empty
FOCUSED = "document.activeElement.matches('.refusal, .errornote, .messagelist .error')"


def refused_of_members(member: Member) -> list[tuple[str, str]]:
    """Pages with what to run there so that their form is refused."""
    home = reverse("dashboard", kwargs={"seller_id": member.seller_id})
    attempt = site.take_quiz(Quiz.objects.get(policy__code="low-quality-live"), member, submit=False)
    filing = Violation.objects.filter(seller=member.seller).earliest("pk").get_absolute_url() + "appeal/"
    return [
        (f"{home}violations/?content=nonsense", ""),
        (f"{home}ledger/?as_of=nonsense", ""),
        (f"{home}ledger/what-if/?day=nonsense", ""),
        (f"{home}inbox/?kind=nonsense", ""),
        ("/workshops/?after=nonsense", ""),
        (filing, SEND),
        (f"{home}quizzes/attempt/{attempt.pk}/1/", SEND),
        (f"{home}quizzes/misleading-claims/", "form => { form.violation.value = '0'; }"),
        (f"{home}inbox/emails/", "form => { form.quiz.options[0].value = form.quiz.value = 'nonsense'; }"),
        ("/accounts/reauthenticate/", SEND),
    ]


def refused_of_staff(member: Member) -> list[tuple[str, str]]:
    workshop = Workshop.objects.earliest("pk")
    reviewed = site.appeals_of(member)[1]
    return [
        (reverse("workshops:check_in", kwargs={"workshop_id": workshop.pk}), SEND),
        (reverse("admin:violations_appeal_deny", args=[reviewed.pk]), SEND),
        (reverse("admin:sellers_seller_explanation", args=[member.seller_id]) + "?as_of=nonsense", ""),
        (reverse("admin:reports_reportrun_preview_form") + "?market=0&external_id=x", ""),
        (reverse("admin:policies_policy_add"), SEND),
        (reverse("admin:violations_violation_changelist") + "?issued_at__gte=nonsense", ""),
    ]


def refuse(page: Page, address: str, change: str) -> None:
    """Open a page; with a change, change its form and send it past the browser's own checks."""
    page.goto(address)
    if change:
        click = "form.querySelector('[type=submit], button').click()"
        send = f"form => {{ ({change})(form); form.noValidate = true; {click}; }}"
        with page.expect_navigation():
            page.locator("main form, #content-main form").first.evaluate(send)


def forget_refusals(console_problems: list[str]) -> None:
    """The browser notes an answer of 400 or 422 as a problem; here they are what is wanted."""
    console_problems[:] = [one for one in console_problems if "status of 400" not in one and "status of 422" not in one]


def not_led_to(page: Page, live_server: LiveServer, refused: list[tuple[str, str]]) -> list[str]:
    found = []
    for path, change in refused:
        refuse(page, live_server.url + path, change)
        if not page.title().startswith("Error: ") or page.title().startswith("Error: Error"):
            found.append(f"{path}: {page.title()}")
        if not page.evaluate(FOCUSED):
            found.append(f"{path}: {page.evaluate('document.activeElement.outerHTML')[:200]}")
    return found


def test_refused_form_takes_the_focus_and_the_title(
    page: Page, live_server: LiveServer, member: Member, console_problems: list[str]
) -> None:
    site.sign_in(page, live_server, member.user)
    assert not_led_to(page, live_server, refused_of_members(member)) == []
    forget_refusals(console_problems)


def test_refused_form_of_staff_takes_the_focus_and_the_title(
    page: Page, live_server: LiveServer, member: Member, admin_user: User, console_problems: list[str]
) -> None:
    site.sign_in(page, live_server, admin_user)
    assert not_led_to(page, live_server, refused_of_staff(member)) == []
    forget_refusals(console_problems)


def test_refused_form_takes_the_focus_without_script(browser: Browser, live_server: LiveServer) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("[name=login]", "nobody@example.com")
    page.fill("[name=password]", "wrong")
    page.click("main button")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page).to_have_title("Error: Sign in · Account health")
    page.context.close()


def test_way_back_to_a_refused_form_opens_its_page_with_what_was_kept(
    page: Page, live_server: LiveServer, member: Member, console_problems: list[str]
) -> None:
    site.sign_in(page, live_server, member.user)
    filing = Violation.objects.filter(seller=member.seller).earliest("pk").get_absolute_url() + "appeal/"
    text = page.get_by_label("What is wrong, and why")
    page.goto(live_server.url + filing)
    page.get_by_role("button", name="Check").click()
    expect(page).to_have_title(re.compile("^Error: "))
    text.fill("The label says so.")
    page.get_by_role("button", name="Check").click()
    expect(page).to_have_title(re.compile("^Check your appeal"))
    page.go_back()
    expect(text).to_have_value("The label says so.")
    forget_refusals(console_problems)


@pytest.mark.parametrize(("width", "menus"), [(1280, [".switcher", ".account-menu"]), (360, [".topbar-menu"])])
def test_menus_close_on_escape_and_on_a_click_beside_them(
    page: Page, live_server: LiveServer, member: Member, width: int, menus: list[str]
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    site.sign_in(page, live_server, member.user)
    page.goto(live_server.url + reverse("dashboard", kwargs={"seller_id": member.seller_id}))
    here = page.url
    for name in menus:
        menu = page.locator(f"{name}:visible").first
        summary = menu.locator("summary").first
        summary.click()
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        expect(summary).to_be_focused()
        summary.click()
        expect(menu).to_have_attribute("open", "")
        page.mouse.click(width - 5, 790)
        expect(menu).not_to_have_attribute("open", "")
    assert page.url == here


def test_escape_closes_the_inner_menu_first(page: Page, live_server: LiveServer, member: Member) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    site.sign_in(page, live_server, member.user)
    page.goto(live_server.url + reverse("dashboard", kwargs={"seller_id": member.seller_id}))
    outer, inner = page.locator(".topbar-menu"), page.locator(".topbar-menu .switcher")
    outer.locator("> summary").click()
    inner.locator("summary").click()
    page.keyboard.press("Escape")
    expect(inner).not_to_have_attribute("open", "")
    expect(outer).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(outer).not_to_have_attribute("open", "")


def test_tap_beside_the_menu_of_a_phone_hits_nothing_beneath_it_without_script(
    browser: Browser, live_server: LiveServer, member: Member
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 1600})
    page = context.new_page()
    site.sign_in(page, live_server, member.user)
    page.goto(live_server.url + reverse("dashboard", kwargs={"seller_id": member.seller_id}))
    here, menu = page.url, page.locator(".topbar-menu")
    menu.locator("> summary").click()
    for y in range(1000, 1600, 150):
        page.mouse.click(180, y)
        expect(menu).not_to_have_attribute("open", "")
        menu.locator("> summary").click()
    assert page.url == here
    context.close()

"""The main journey in a real browser: from a new violation to a point less."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from kit.dates import Week
from policies.models import Policy
from reports.services import build_due_weeks
from sellers.models import Member
from tests.factories import (
    PASSWORD,
    ArticleFactory,
    ArticleSectionFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuestionFactory,
    QuizFactory,
    SellerFactory,
    WorkshopFactory,
    issue,
)
from violations.selectors import get_standing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def policy() -> Policy:
    policy: Policy = PolicyFactory(name="Misleading claims", points=2)
    section = ArticleSectionFactory(article=ArticleFactory(policy=policy, title="Claims you can prove"), title="Proof")
    QuestionFactory.create_batch(4, quiz=QuizFactory(policy=policy, bank=0), section=section)
    return policy


@pytest.fixture
def member(policy: Policy) -> Member:
    """A member of a seller with a violation of last week, reported, and one of today."""
    market, now = MarketFactory(), timezone.now()
    week = Week.of(now, zone=market.zone).previous
    market.books_closed_until = week.starts_at(zone=market.zone)
    market.save()
    seller = SellerFactory(market=market, name="Lumen & Lather", created_at=now - timedelta(weeks=9))
    issue(seller, policy, now=week.starts_at(zone=market.zone) + timedelta(days=2))
    build_due_weeks(market=market, now=now)
    issue(seller, policy, now=now - timedelta(minutes=1))
    WorkshopFactory(
        market=market,
        title="Claims that hold",
        starts_at=now + timedelta(days=9),
        ends_at=now + timedelta(days=9, hours=3),
    )
    member: Member = MemberFactory(seller=seller)
    EmailAddress.objects.create(user=member.user, email=member.user.email, verified=True, primary=True)
    return member


def sign_in(page: Page, live_server: LiveServer, member: Member) -> None:
    page.goto(live_server.url)
    page.get_by_role("main").get_by_role("link", name="Sign in").first.click()
    page.get_by_label("Email").fill(member.user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def menu(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=name).first.click()


def test_seller_takes_the_quiz_about_a_new_violation_and_the_point_is_gone(
    page: Page, live_server: LiveServer, member: Member
) -> None:
    sign_in(page, live_server, member)
    expect(page.get_by_role("main")).to_contain_text("4 points")

    menu(page, "Violations")
    page.get_by_role("main").get_by_role("link", name="Misleading claims").first.click()
    expect(page.get_by_role("main")).to_contain_text("The host said the cream heals eczema.")

    page.get_by_role("link", name="Claims you can prove").click()
    expect(page.get_by_role("heading", name="Proof")).to_be_visible()
    page.go_back()

    page.get_by_role("link", name="Take the quiz").click()
    page.get_by_role("button", name="Take the quiz").click()
    for _ in range(3):
        page.get_by_label("Choice 2").check()
        page.get_by_role("button", name="Save and").click()
    page.get_by_role("button", name="Submit my answers").click()
    expect(page.get_by_role("main")).to_contain_text("Because it is so.")

    menu(page, "Points ledger")
    expect(page.get_by_role("row", name="Sum of 3 entries")).to_contain_text("3")
    expect(page.get_by_role("row").filter(has_text="Quiz passed")).to_contain_text("−1")
    assert get_standing(seller=member.seller, as_of=timezone.now()).total == 3


def test_seller_signs_up_for_a_workshop_and_opens_the_weekly_report(
    page: Page, live_server: LiveServer, member: Member
) -> None:
    sign_in(page, live_server, member)

    menu(page, "Workshops")
    page.get_by_role("link", name="Claims that hold").first.click()
    page.get_by_role("button", name="Sign up").click()
    signup = member.seller.signups.get()
    expect(page.get_by_role("main")).to_contain_text(f"{signup.check_in_code[:4]} {signup.check_in_code[4:]}")

    menu(page, "Reports")
    report = member.seller.reports.get()
    page.locator(f"main a[href='{report.get_absolute_url()}']").first.click()
    expect(page.get_by_role("main")).to_contain_text("1 violation this week")

"""The main pages in a real browser: nothing for axe to find, light and dark, wide and narrow, and nothing cut off."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from inbox.models import Message
from quizzes.models import Attempt, Quiz
from quizzes.services import answer_question, start_attempt, submit_attempt
from reports.models import WeeklyReport
from reports.services import build_due_weeks
from sellers.models import Member
from sellers.rules import Week
from tests.factories import (
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
from violations.models import Violation
from workshops.models import Workshop
from workshops.services import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member() -> Member:
    """A member of two sellers; the first is at risk and has something on every page."""
    now = timezone.now()
    market = MarketFactory()
    week = Week.of(now, zone=market.zone).previous
    market.books_closed_until = week.starts_at(zone=market.zone)
    market.save()
    seller = SellerFactory(market=market, name="Lumen & Lather", created_at=now - timedelta(weeks=9))
    for code, points in (("misleading-claims", 4), ("low-quality-live", 6)):
        policy = PolicyFactory(code=code, name=code.replace("-", " ").capitalize(), points=points)
        section = ArticleSectionFactory(article=ArticleFactory(policy=policy), title="Proof")
        QuestionFactory.create_batch(3, quiz=QuizFactory(policy=policy, bank=0), section=section)
        issue(seller, policy, now=week.starts_at(zone=market.zone) + timedelta(days=2))
    build_due_weeks(market=market, now=now)
    for title, capacity in (("Claims that hold", 75), ("A full room", 1)):
        WorkshopFactory(
            market=market,
            title=title,
            capacity=capacity,
            starts_at=now + timedelta(days=9),
            ends_at=now + timedelta(days=9, hours=3),
        )
    member: Member = MemberFactory(seller=seller)
    MemberFactory(seller=SellerFactory(market=market, name="Second shop"), user=member.user)
    return member


def take_quiz(quiz: Quiz, member: Member, *, submit: bool) -> Attempt:
    attempt = start_attempt(quiz=quiz, seller=member.seller, user=member.user, now=timezone.now())
    if not submit:
        return attempt
    for asked in attempt.questions.all():
        answer_question(attempt=attempt, position=asked.position, choice_id=asked.question.choices.first().pk)
    return submit_attempt(attempt=attempt, now=timezone.now())


def seller_pages(member: Member) -> list[str]:
    """Every kind of page of a seller, each with a record on it."""
    seller, now = member.seller, timezone.now()
    done = take_quiz(Quiz.objects.get(policy__code="misleading-claims"), member, submit=True)
    begun = take_quiz(Quiz.objects.get(policy__code="low-quality-live"), member, submit=False)
    signup = sign_up(workshop=Workshop.objects.get(title="Claims that hold"), seller=seller, user=member.user, now=now)
    home = reverse("dashboard", kwargs={"seller_id": seller.pk})
    report = WeeklyReport.objects.get(seller=seller)
    return [
        home,
        f"{home}violations/",
        f"{home}violations/?content=video",
        Violation.objects.filter(seller=seller).latest("pk").get_absolute_url(),
        f"{home}ledger/",
        f"{home}reports/",
        f"{home}reports/{report.week}/",
        f"{home}quizzes/",
        f"{home}quizzes/misleading-claims/",
        f"{home}quizzes/attempt/{begun.pk}/1/",
        f"{home}quizzes/attempt/{done.pk}/",
        f"{home}workshops/",
        f"{home}workshops/places/{signup.pk}/",
        f"{home}inbox/",
        Message.objects.filter(seller=seller).latest("pk").get_absolute_url(),
        "/policies/misleading-claims/",
        "/policies/misleading-claims/article/",
        "/accounts/email/",
        "/no-such-page/",
    ]


PUBLIC_PAGES = ["/", "/policies/", "/workshops/", "/accounts/login/", "/accounts/password/reset/"]


def problems_of(page: Page, url: str) -> list[str]:
    """What axe finds on a page, and whether it is wider than the screen."""
    page.goto(url)
    assert page.url == url
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    problems = [f"{url}: {one['id']} at {node['target']}" for one in found for node in one["nodes"]]
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.evaluate("window.innerWidth"):
        problems.append(f"{url}: {width} pixels wide")
    return problems


@pytest.mark.parametrize(("color_scheme", "width"), [("light", 1280), ("dark", 360)])
def test_pages_have_nothing_for_axe_to_find(
    page: Page, live_server: LiveServer, member: Member, console_problems: list[str], color_scheme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")
    problems = [one for path in PUBLIC_PAGES for one in problems_of(page, live_server.url + path)]
    client = Client()
    client.force_login(member.user)
    session = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    page.context.add_cookies([{**session, "url": live_server.url}])
    problems += [one for path in seller_pages(member) for one in problems_of(page, live_server.url + path)]
    assert problems == []
    console_problems[:] = [one for one in console_problems if "/no-such-page/" not in one]

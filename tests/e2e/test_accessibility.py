"""The main pages in a real browser: nothing for axe to find, light and dark, wide and narrow, and nothing cut off."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from inbox.models import Message
from kit.dates import Week
from policies.models import PolicyVersion
from policies.services import draft_version
from quizzes.models import Attempt, Quiz
from quizzes.services import answer_question, start_attempt, submit_attempt
from reports.models import ReportRun, WeeklyReport
from reports.services import build_due_weeks
from sellers.models import Member
from tests.factories import (
    ArticleFactory,
    ArticleSectionFactory,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuestionFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.violations.appealing import DENIAL
from violations.models import Appeal, Macro, Violation
from violations.services import ReversalFilter, deny_appeal, draft_reversal, file_appeal, void_violation
from workshops.models import Workshop
from workshops.services import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member() -> Member:
    """A member of two sellers; the first is at risk and has something on every page."""
    member = begin_member(name="Lumen & Lather")
    MemberFactory(seller=SellerFactory(market=member.seller.market, name="Second shop"), user=member.user)
    build_due_weeks(market=member.seller.market, now=timezone.now())
    return member


def begin_member(*, name: str) -> Member:
    """A member of a seller at risk, whose last week is not reported yet."""
    now = timezone.now()
    market = MarketFactory()
    week = Week.of(now, zone=market.zone).previous
    market.books_closed_until = week.starts_at(zone=market.zone)
    market.save()
    seller = SellerFactory(market=market, name=name, created_at=now - timedelta(weeks=9))
    for code, points in (("misleading-claims", 4), ("low-quality-live", 6)):
        policy = PolicyFactory(code=code, name=code.replace("-", " ").capitalize(), points=points)
        section = ArticleSectionFactory(article=ArticleFactory(policy=policy), title="Proof")
        QuestionFactory.create_batch(3, quiz=QuizFactory(policy=policy, bank=0), section=section)
        issue(seller, policy, now=week.starts_at(zone=market.zone) + timedelta(days=2))
    for title, capacity in (("Claims that hold", 75), ("A full room", 1)):
        WorkshopFactory(
            market=market,
            title=title,
            capacity=capacity,
            starts_at=now + timedelta(days=9),
            ends_at=now + timedelta(days=9, hours=3),
        )
    member: Member = MemberFactory(seller=seller)
    return member


def appeals_of(member: Member) -> list[Appeal]:
    """A denied appeal and an open one of the seller, in the order of their violations."""
    found = Violation.objects.filter(seller=member.seller).order_by("pk")
    denied, open_one = [
        file_appeal(violation=one, text="The label proves it.", filed_by=member.user, now=timezone.now())
        for one in found
    ]
    deny_appeal(
        appeal=denied,
        decided_by=UserFactory(),
        reason=DENIAL,
        now=timezone.now(),
    )
    return [denied, open_one]


def take_quiz(quiz: Quiz, member: Member, *, submit: bool) -> Attempt:
    attempt = start_attempt(quiz=quiz, seller=member.seller, user=member.user, now=timezone.now())
    if not submit:
        return attempt
    for asked in attempt.questions.all():
        answer_question(
            attempt=attempt,
            user=attempt.user,
            position=asked.position,
            choices=asked.choice_ids[:1],
            now=timezone.now(),
        )
    return submit_attempt(attempt=attempt, user=attempt.user, now=timezone.now())


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
        f"{home}ledger/?as_of={now - timedelta(days=4):%Y-%m-%d}",
        f"{home}ledger/?as_of={now + timedelta(days=400):%Y-%m-%d}",
        f"{home}ledger/?policy=misleading-claims&content=live",
        f"{home}ledger/what-if/",
        f"{home}enforcement/",
        f"{home}appeals/",
        f"{home}inbox/emails/",
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
        "/policies/misleading-claims/versions/1/",
        "/policies/misleading-claims/article/",
        "/accounts/email/",
        "/no-such-page/",
    ]


def reachable(paths: list[str]) -> list[str]:
    """Without the page that is not there: the browser notes it as a problem."""
    return [path for path in paths if path != "/no-such-page/"]


# Django's own: the frame around the content, the search box with a picture for a label, scripts that set styles.
OURS = {"include": [["#content"]], "exclude": [["#searchbar"]]}


def staff_pages(member: Member, reviewed: Appeal) -> list[str]:
    """The pages of staff that are the portal's own rather than Django's, each with a record on it."""
    staff, now, market = UserFactory(), timezone.now(), member.seller.market
    version = PolicyVersion.objects.get(policy__code="misleading-claims")
    fields = {name: getattr(version, name) for name in ("requirement", "breach", "severity", "points")}
    fields |= {"wording": "Say what is true.", "change_summary": "Shorter."}
    draft = draft_version(policy=version.policy, now=now, **fields)
    wanted = ReversalFilter(policy=version.policy)
    reversal = draft_reversal(market=market, wanted=wanted, incident="A wrong list.", created_by=staff, now=now)
    void_violation(violation=reviewed.violation, reason="A mistake.", voided_by=staff, now=now)
    macro = Macro.objects.create(kind="ask", name="The invoice", text="The invoice of the supplier")
    run, open_appeal = ReportRun.objects.latest("pk"), Appeal.objects.open().get()
    named = {
        "policies_policyversion_publish": draft.pk,
        "policies_policyversion_change": draft.pk,
        "policies_policyversion_history": draft.pk,
        "violations_appeal_changelist": None,
        "violations_appeal_change": open_appeal.pk,
        "violations_appeal_grant": open_appeal.pk,
        "violations_appeal_grant_partly": open_appeal.pk,
        "violations_appeal_deny": open_appeal.pk,
        "violations_appeal_ask": open_appeal.pk,
        "violations_appeal_statistics": None,
        "violations_macro_changelist": None,
        "violations_macro_change": macro.pk,
        "violations_upload_add": None,
        "violations_massreversal_changelist": None,
        "violations_massreversal_add": None,
        "violations_massreversal_start": reversal.pk,
        "violations_violation_void": reviewed.violation_id,
        "audit_auditentry_changelist": None,
        "sellers_seller_explanation": member.seller_id,
        "sellers_brand_add": None,
        "reports_reportrun_changelist": None,
        "reports_reportrun_change": run.pk,
        "reports_reportrun_totals": run.pk,
        "reports_reportrun_preview_form": None,
    }
    return [reverse(f"admin:{name}", args=[] if pk is None else [pk]) for name, pk in named.items()]


PUBLIC_PAGES = ["/", "/policies/", "/workshops/", "/accounts/login/", "/accounts/password/reset/"]


def problems_of(page: Page, url: str, *, within: Any = None) -> list[str]:
    """What axe finds on a page, or within a part of it, and whether it is wider than the screen."""
    page.goto(url)
    assert page.url == url
    found = Axe().run(page, context=within, options={"resultTypes": ["violations"]}).response["violations"]
    problems = [f"{url}: {one['id']} at {node['target']}" for one in found for node in one["nodes"]]
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.evaluate("window.innerWidth"):
        problems.append(f"{url}: {width} pixels wide")
    return problems


def sign_in(page: Page, live_server: LiveServer, user: User) -> None:
    client = Client()
    client.force_login(user)
    session = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    page.context.add_cookies([{**session, "url": live_server.url}])


MODES = pytest.mark.parametrize(("color_scheme", "width"), [("light", 1280), ("dark", 360)])


@MODES
def test_pages_of_staff_have_nothing_for_axe_to_find(
    page: Page,
    live_server: LiveServer,
    member: Member,
    admin_user: User,
    console_problems: list[str],
    color_scheme: str,
    width: int,
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")
    sign_in(page, live_server, admin_user)
    problems = []
    for path in staff_pages(member, appeals_of(member)[0]):
        problems += problems_of(page, live_server.url + path, within=OURS)
    assert problems == []
    console_problems[:] = [one for one in console_problems if "Applying inline style" not in one]

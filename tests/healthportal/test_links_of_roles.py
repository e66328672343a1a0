"""No page of a record in the admin offers a role a link that answers 403."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from healthportal.roles import OPERATOR, REVIEWER, ROLES
from inbox.models import EmailDelivery, Message
from quizzes.services import start_attempt
from reports import services as reports
from reports.models import ReportChunk
from tests.factories import (
    ArticleSectionFactory,
    MemberFactory,
    PolicyFactory,
    PolicyVersionFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    draft,
    issue,
)
from tests.pages import (
    ago,
    staff_client,
)
from tests.violations.appealing import appeal_against
from tests.violations.reversing import start_mass
from tests.workshops.places import take
from violations.models import RulesChange, Upload, Violation
from violations.services import issue_violation, void_violation

pytestmark = pytest.mark.django_db


@pytest.fixture
def records() -> None:
    """A record of most models, with the people who wrote them."""
    member, somebody, now = MemberFactory(seller__created_at=ago(days=100)), UserFactory(is_staff=True), timezone.now()
    seller = member.seller
    quiz = QuizFactory(policy=PolicyFactory(points=12))
    when = ago(days=3)
    kept = issue_violation(
        market=seller.market,
        draft=draft(seller, quiz.policy, issued_at=when),
        source="test",
        now=when,
        issued_by=somebody,
    )
    void_violation(violation=kept, reason="It was another shop.", voided_by=somebody, now=ago(days=2))
    appeal_against(issue(seller, quiz.policy, now=ago(days=2)), now=ago(days=1))
    PolicyVersionFactory(policy=quiz.policy, number=2, published_by=somebody, effective_from=ago(days=90))
    ArticleSectionFactory(article__policy=quiz.policy)
    start_attempt(quiz=quiz, seller=seller, user=member.user, now=ago(days=1))
    workshop = WorkshopFactory(market=seller.market, starts_at=ago(days=-9), ends_at=ago(days=-10))
    take(workshop, seller, now=ago(days=1))
    run = reports.start_run(market=seller.market, now=now)
    ReportChunk.objects.filter(run=run).update(last_error="It broke.", attempts=1)
    EmailDelivery.objects.get_or_create(message=Message.objects.filter(seller=seller).first(), user=member.user)
    RulesChange.objects.create(
        market=seller.market, numbers={"appeal_days": 60}, reason="A law.", effective_from=now, drafted_at=now,
        drafted_by=somebody, approved_at=now, approved_by=UserFactory(),
    )  # fmt: skip
    other = issue(SellerFactory(), PolicyFactory(), now=ago(days=1))
    start_mass(other.market, now=now, by=somebody)


def links(client: Client, page: str) -> set[str]:
    """The addresses in a page's content."""
    content = client.get(page).text.partition('id="content"')[2]
    found = {urljoin(page, unescape(href)) for href in re.findall(r'<a\b[^>]*?\bhref="([^"]+)"', content)}
    return {href.partition("#")[0] for href in found if href.startswith("/")}


def pages(client: Client) -> list[str]:
    """The page of a record of every model whose records the role may look at; of violations, of every one."""
    found = []
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if client.get(reverse(f"{name}_changelist")).status_code == 200:
            found += [reverse(f"{name}_change", args=[record.pk]) for record in shown(model)]
    return found


def shown(model: type[Model]) -> list[Model]:
    records = model._default_manager.order_by("pk")
    return list(records) if model in {Violation, Upload} else list(records.reverse()[:2])


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_a_record_offers_a_link_that_is_for_another_role(role: str) -> None:
    client = staff_client(role)
    seen = {link: page for page in pages(client) for link in links(client, page)}
    assert seen
    assert {link: page for link, page in seen.items() if client.get(link).status_code == 403} == {}


@pytest.mark.usefixtures("records")
def test_way_to_the_site_leads_to_a_page(admin_client: Client) -> None:
    ArticleSectionFactory(article__policy=PolicyFactory(points=False))  # of a policy that nobody has published yet
    PolicyVersionFactory(published_at=None, effective_from=None)
    closed, opened = [], 0
    for model, model_admin in admin.site._registry.items():
        for record in model._default_manager.order_by("-pk")[:10]:
            if address := model_admin.get_view_on_site_url(record):
                opened += 1
                closed += [(model, record)] if admin_client.get(address, follow=True).status_code != 200 else []
    assert closed == []
    assert opened > 1


@pytest.mark.usefixtures("records")
def test_what_a_role_cannot_open_is_named_in_plain_text_and_is_a_link_for_who_can(admin_client: Client) -> None:
    violation = Violation.objects.filter(issued_by__isnull=False).get()
    page = reverse("admin:violations_violation_change", args=[violation.pk])
    link = f'href="{reverse("admin:accounts_user_change", args=[violation.issued_by_id])}"'
    assert link in admin_client.get(page).text
    reviewers = staff_client(REVIEWER).get(page).text
    assert link not in reviewers
    assert str(User.objects.get(pk=violation.issued_by_id)) in unescape(reviewers)
    message = Message.objects.filter(content__isnull=False).first()
    assert message is not None
    answer = staff_client(OPERATOR).get(reverse("admin:inbox_message_change", args=[message.pk])).text
    assert "sellers/content/" not in answer
    assert str(message.content) in unescape(answer)


def named_pages() -> list[str]:
    """Every address of the admin that has a name: of its own, of each model, and of a record where there is one."""
    found = [reverse(f"admin:{name}") for name in ("index", "search", "jobs")]
    found += [
        reverse("admin:app_list", args=[label]) for label in {one._meta.app_label for one in admin.site._registry}
    ]
    for model, model_admin in admin.site._registry.items():
        newest = shown(model)[:1]
        for pattern in model_admin.get_urls():
            parts = set(pattern.pattern.converters)
            if pattern.name and not parts:
                found.append(reverse(f"admin:{pattern.name}"))
            elif pattern.name and parts == {"object_id"}:
                found += [reverse(f"admin:{pattern.name}", args=[record.pk]) for record in newest]
    return found


@pytest.mark.usefixtures("records")
def test_every_page_of_the_admin_has_the_search_and_the_title_of_the_staff_pages(admin_client: Client) -> None:
    pages = {address: admin_client.get(address) for address in named_pages()}
    html = {
        address: page.text
        for address, page in pages.items()
        if page.status_code == 200 and page["Content-Type"].startswith("text/html") and 'id="site-name"' in page.text
    }
    assert len(html) > 200
    bare = {
        address
        for address, text in html.items()
        if 'id="search-all"' not in text
        or "Account health, staff</title>" not in text
        or 'id="logout-form"' not in text
    }
    assert bare == set()


def test_form_of_the_admin_that_is_sent_again_has_them_too(client: Client) -> None:
    address = reverse("admin:policies_policy_add")
    client.post(address, {"name": "Typed before the session ended"})
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = client.get(address).text
    assert "Typed before the session ended" in page
    assert 'id="search-all"' in page
    assert "<title>What you typed is kept | Account health, staff</title>" in page
    assert page.count("<h1") == 1

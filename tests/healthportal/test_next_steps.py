"""One answer to what a seller can do next: every form of the same moment says it, and promises no more."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthportal.dashboard import get_dashboard
from healthportal.presentation import show_dashboard
from inbox.delivery import compose
from inbox.models import EmailDelivery
from kit.dates import Week
from quizzes import wording
from quizzes.next_steps import appeal_steps, next_steps
from quizzes.presentation import show_steps
from reports.presentation.data import report_json
from reports.presentation.presenting import present
from reports.selectors import get_report
from reports.services import build_due_weeks
from sellers.models import Market, Seller
from tests.factories import LONG_AGO, MarketFactory, MemberFactory, PolicyFactory, QuizFactory, SellerFactory, issue
from tests.pages import signed_in_seller
from tests.quizzes.helpers import take
from violations.selectors import violations_of

pytestmark = pytest.mark.django_db

W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
NOW = W45_END + timedelta(hours=2)


@pytest.fixture
def seller() -> Seller:
    """A seller with five violations of five policies with a quiz each, in a market that rewards one pass a month."""
    market = MarketFactory(code="US", rewarded_passes_per_month=1)
    made: Seller = SellerFactory(market=market, created_at=LONG_AGO)
    MemberFactory(seller=made)
    for number, points in enumerate([1, 2, 3, 1, 2]):
        policy = PolicyFactory(points=points, name=f"Policy {'abcde'[number]}")
        QuizFactory(policy=policy)
        issue(made, policy, now=W45_END - timedelta(hours=9 - number))
    return made


def test_every_form_says_the_same_steps(seller: Seller) -> None:
    build_due_weeks(market=Market.objects.get(pk=seller.market_id), now=NOW)
    seller = Seller.objects.select_related("market").get(pk=seller.pk)
    zone = seller.market.zone
    quizzes = show_steps(next_steps(seller=seller, as_of=NOW).quizzes, zone=zone)
    appeals = show_steps(appeal_steps(seller=seller, as_of=NOW), zone=zone)
    shown = show_dashboard(get_dashboard(seller=seller, user=seller.users.get(), last_visit=None, as_of=NOW))
    report = present(get_report(seller=seller, week=Week.parse("2026-W45"), now=NOW))
    email = compose(EmailDelivery.objects.get(message__kind="report"), now=NOW).body
    said = json.loads("".join(report_json(report)))["steps"]

    lines = [(step.line, step.points) for step in quizzes]
    rows = [row.step for group in shown.plan.groups for row in group.rows]
    assert [(step.line, step.points) for step in rows if "again" not in step.line] == lines
    assert [line.title for line in shown.later if line.icon == "scale"] == [appeals[0].line]
    steps = [(step.kind, step.gain, step.href) for step in report.open_follow_ups if step.kind != "article"]
    assert steps == [(step.kind, step.points, step.href) for step in [*quizzes, *appeals]]
    assert [(step["kind"], step["gain"]) for step in said if step["state"] == "Open"][: len(steps)] == [
        (kind, gain) for kind, gain, _ in steps
    ]
    first = quizzes[0]
    assert f"{first.line}: {first.gain}" in email


def test_no_more_passes_are_promised_than_the_market_rewards(seller: Seller) -> None:
    plan = next_steps(seller=seller, as_of=NOW)
    found = [plan.about(violation) for violation in violations_of(seller=seller, as_of=NOW)]
    steps = show_steps(found, zone=seller.market.zone)
    assert len([step for step in steps if step.points and step.opens_at is None]) == 1
    assert len([step for step in steps if step.points and step.opens_at is not None]) == 1
    assert {step.title for step in steps if not step.points} == {"Wait"}
    assert len(plan.closed) == 3
    assert wording.reward_limit(plan.limit) == (
        "2 of the 5 violations with an open quiz can lose points by it: "
        "your market rewards one pass a month, for all quizzes together."
    )


def test_a_market_that_rewards_none_promises_nothing(seller: Seller) -> None:
    Market.objects.filter(pk=seller.market_id).update(rewarded_passes_per_month=0)
    seller.market.refresh_from_db()
    plan = next_steps(seller=seller, as_of=NOW)
    assert (plan.quizzes, plan.limit, len(plan.closed)) == ([], None, 5)
    assert not any(step.points for step in plan.by_violation.values())


def test_a_quiz_that_closes_before_the_next_attempts_says_so() -> None:
    seller, policy = SellerFactory(created_at=LONG_AGO), PolicyFactory(points=2)
    quiz = QuizFactory(policy=policy)
    issue(seller, policy, now=NOW)
    last_month = datetime(2026, 12, 15, tzinfo=UTC)
    for number in range(3):
        take(seller, quiz, right=0, now=last_month + timedelta(hours=number))
    plan = next_steps(seller=seller, as_of=last_month + timedelta(days=1))
    assert plan.quizzes == []
    assert [wording.step_text(step) for step in plan.closed] == [
        "This month’s attempts are used, and it closes before the next ones."
    ]


def test_list_of_those_with_an_open_quiz_is_what_the_steps_promise(client: Client) -> None:
    """The market rewards one pass a month: of three open quizzes, one brings a point now and one next month."""
    seller = signed_in_seller(client)
    Market.objects.update(rewarded_passes_per_month=1)
    for _ in range(3):
        policy = PolicyFactory(points=2)
        QuizFactory(policy=policy)
        issue(seller, policy, now=timezone.now())
    seller.market.refresh_from_db()
    plan = next_steps(seller=seller, as_of=timezone.now())
    promised = {pk for pk, step in plan.by_violation.items() if step.points}
    page = client.get(reverse("violations:list", kwargs={"seller_id": seller.pk}), {"state": "quiz"})
    assert {violation.pk for violation in page.context["page"]} == promised
    assert len(promised) == 2
    text = page.content.decode()
    assert text.count('<b class="gain">') == len(promised)
    assert '<option value="quiz" selected>Quiz open</option>' in text

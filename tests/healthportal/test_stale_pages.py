"""A page on which staff decide something does nothing once what it showed has become another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kit.backoffice.shown_values import fingerprint, sentences_of_changes
from policies.models import PolicyVersion
from policies.services import propose_version
from quizzes.models import Question
from quizzes.services import decide_pass_points, propose_pass_points, send_back, send_for_review
from sellers.models import Market, StaffMarket
from sellers.services import limit_staff
from tests.factories import (
    MarketFactory,
    PolicyFactory,
    QuestionFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    issue,
)
from tests.forms import fields_of
from tests.violations.appealing import DENIAL
from tests.violations.reversing import draft_mass
from violations.models import Appeal, RulesChange
from violations.services import ReversalFilter, ask_seller, propose_reversal, redraft_reversal, send_answer
from violations.services.appeals.drafts import save_draft
from workshops.models import Workshop

from .test_trail_is_complete import REASON, controlled_market, draft, filed, in_a_month, workshop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

Sent = dict[str, Any]
NOTHING_DONE = "Nothing was done: this was changed since you opened the page."


@dataclass
class Case:
    """A page about something, what somebody fills in, what another person does meanwhile, and whether it was done."""

    page: str
    sent: Sent
    meanwhile: Callable[[], object]
    done: Callable[[], bool]
    said: str = ""


def page_of(record: Model, name: str) -> str:
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_{name}", args=[record.pk])


def publishing() -> Case:
    """The page on which a draft is proposed would publish what another proposed meanwhile."""
    version, then = draft(), timezone.now() + timedelta(days=90)
    MarketFactory()
    return Case(
        page_of(version, "publish"),
        {},
        lambda: propose_version(version=version, effective_from=then, proposed_by=UserFactory(), now=timezone.now()),
        lambda: PolicyVersion.objects.get(pk=version.pk).published_at is not None,
        "Proposed by is now:",
    )


def publishing_another_wording() -> Case:
    version = draft()
    MarketFactory()
    return Case(
        page_of(version, "publish"),
        {"when": "notice"},
        lambda: PolicyVersion.objects.filter(pk=version.pk).update(wording="Prove it twice."),
        lambda: PolicyVersion.objects.get(pk=version.pk).proposed_at is not None,
        "Wording is now: Prove it twice.",
    )


def starting_a_reversal() -> Case:
    """The number is the same, the violations are not."""
    market, policies = MarketFactory(), PolicyFactory.create_batch(2)
    for policy in policies:
        issue(SellerFactory(market=market), policy)
    reversal = draft_mass(market, policy=policies[0])

    def meanwhile() -> None:
        wanted = ReversalFilter(policy=policies[1])
        redraft_reversal(
            reversal=reversal, market=market, wanted=wanted, incident="INC-8", now=timezone.now(),
            redrafted_by=UserFactory(),
        )  # fmt: skip

    def done() -> bool:
        reversal.refresh_from_db()
        return reversal.started_at is not None

    return Case(page_of(reversal, "start"), {"confirmed": 1, **REASON}, meanwhile, done, "Which violations is now:")


def proposing_a_reversal() -> Case:
    """The page on which a set is proposed would start what another proposed meanwhile."""
    market, policy = MarketFactory(reversal_second_person_above=0), PolicyFactory()
    issue(SellerFactory(market=market), policy)
    reversal = draft_mass(market, policy=policy)

    def done() -> bool:
        reversal.refresh_from_db()
        return reversal.started_at is not None

    return Case(
        page_of(reversal, "start"),
        {"confirmed": 1, **REASON},
        lambda: propose_reversal(
            reversal=reversal, confirmed=1, reason="It was ours.", proposed_by=UserFactory(), now=timezone.now()
        ),
        done,
    )


def redrafting() -> Case:
    market, policies = MarketFactory(), PolicyFactory.create_batch(2)
    reversal = draft_mass(market, policy=policies[0])

    def meanwhile() -> None:
        wanted = ReversalFilter(policy=policies[1])
        redraft_reversal(
            reversal=reversal, market=market, wanted=wanted, incident="INC-8", now=timezone.now(),
            redrafted_by=UserFactory(),
        )  # fmt: skip

    def done() -> bool:
        reversal.refresh_from_db()
        return reversal.incident != "INC-8"

    return Case(page_of(reversal, "redraft"), {}, meanwhile, done, "Incident is now: INC-8")


def limiting_somebody() -> Case:
    person, (one, other) = UserFactory(is_staff=True), MarketFactory.create_batch(2)
    return Case(
        page_of(person, "limit_markets"),
        {"markets": [one.pk]},
        lambda: limit_staff(person=person, markets=[other], limited_by=UserFactory(), now=timezone.now()),
        lambda: StaffMarket.objects.filter(user=person, market=one).exists(),
        f"Markets is now: {other}",
    )


def changing_rules() -> Case:
    """The form starts from the numbers of then: all of them would be part of the change."""
    market = MarketFactory()
    return Case(
        reverse("admin:violations_ruleschange_add", query={"market": market.pk}),
        {"approach_points": market.approach_points + 1, **REASON, **in_a_month()},
        lambda: Market.objects.filter(pk=market.pk).update(appeal_days=180),
        RulesChange.objects.exists,
        "Appeal days is now: 180",
    )


def letting_one_person_do_more() -> Case:
    market = controlled_market()
    return Case(
        reverse("admin:sellers_controlsproposal_add", query={"market": market.pk}),
        {"upload_second_person_above": 5_000, **REASON},
        lambda: Market.objects.filter(pk=market.pk).update(reversal_second_person_above=1),
        market.controls_proposals.exists,
    )


def deciding_on_the_points_of_a_pass() -> Case:
    """The page is the quiz's: it would decide on whatever waits now."""
    quiz = QuizFactory(policy=PolicyFactory(points=12))
    now, somebody = timezone.now(), UserFactory()
    first = propose_pass_points(quiz=quiz, points=2, **REASON, proposed_by=somebody, now=now)

    def meanwhile() -> None:
        decide_pass_points(proposal=first, is_approved=False, decided_by=UserFactory(), now=now)
        propose_pass_points(quiz=quiz, points=9, **REASON, proposed_by=somebody, now=now)

    def done() -> bool:
        quiz.refresh_from_db()
        return quiz.pass_points == 9

    return Case(page_of(quiz, "decide"), {"decision": "approve"}, meanwhile, done, "a pass removes 9")


def publishing_a_question() -> Case:
    question = QuestionFactory(state="draft", author=UserFactory())
    now, author = timezone.now(), question.author
    send_for_review(question=question, sent_by=author, now=now)

    def meanwhile() -> None:
        send_back(question=question, **REASON, sent_back_by=UserFactory(), now=now)
        Question.objects.filter(pk=question.pk).update(text="Why else?")
        send_for_review(question=question, sent_by=author, now=now)

    def done() -> bool:
        return Question.objects.get(pk=question.pk).published_at is not None

    return Case(page_of(question, "publish"), {}, meanwhile, done, "Text is now: Why else?")


def publishing_a_workshop() -> Case:
    one = workshop(published_at=None)
    return Case(
        page_of(one, "publish"),
        {},
        lambda: Workshop.objects.filter(pk=one.pk).update(venue="Another hall"),
        lambda: Workshop.objects.get(pk=one.pk).published_at is not None,
        "Venue is now: Another hall",
    )


def denying_what_was_answered() -> Case:
    appeal = filed()

    def meanwhile() -> None:
        asked = ask_seller(appeal=appeal, things=["The invoice"], asked_by=UserFactory(), now=timezone.now())
        member = appeal.filed_by
        answer = save_draft(
            violation=appeal.violation, member=member, request=asked, text="Here it is.", window="w", now=timezone.now()
        )
        send_answer(draft=answer, is_last=True, now=timezone.now())

    def done() -> bool:
        return Appeal.objects.get(pk=appeal.pk).decided_at is not None

    return Case(page_of(appeal, "deny"), {"reason": DENIAL}, meanwhile, done, "The invoice, Here it is.")


CASES = [
    publishing,
    publishing_another_wording,
    starting_a_reversal,
    proposing_a_reversal,
    redrafting,
    limiting_somebody,
    changing_rules,
    letting_one_person_do_more,
    deciding_on_the_points_of_a_pass,
    publishing_a_question,
    publishing_a_workshop,
    denying_what_was_answered,
]


@pytest.mark.parametrize("make", CASES)
def test_nothing_is_done_that_was_not_seen(client: Client, make: Callable[[], Case]) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    case = make()
    older = fields_of(client.get(case.page).text)
    case.meanwhile()
    response = client.post(case.page, {**older, **case.sent})
    assert (response.status_code, case.done()) == (409, False)
    assert NOTHING_DONE in response.text
    assert case.said in response.text
    for typed in (value for value in case.sent.values() if isinstance(value, str)):
        assert typed in response.text or "reason" not in fields_of(response.text)

    seen = fields_of(response.text)
    again = {name: value for name, value in case.sent.items() if name in seen or name == "markets"}
    assert client.post(case.page, {**seen, **again}).status_code == 302
    assert case.done()


def test_what_nobody_changed_is_done(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    case = limiting_somebody()
    assert client.post(case.page, {**fields_of(client.get(case.page).text), **case.sent}).status_code == 302
    assert case.done()


@pytest.mark.parametrize("sent", ["", "[]{", "\0", "[" * 100_000, "[1]", '{"Title": 1}'])
def test_what_nobody_can_read_has_shown_nothing(sent: str) -> None:
    assert len(sentences_of_changes(sent, {"Title": "One", "Venue": ""})) == 3


def test_values_are_quoted_in_short() -> None:
    _said, line = sentences_of_changes(fingerprint({"Wording": "a"}), {"Wording": "b" * 1_000})
    assert line == f"Wording is now: {'b' * 200}…"


def test_form_of_a_script_is_carried_out() -> None:
    assert sentences_of_changes(None, {"Title": "One"}) == []
    assert fingerprint({}) == ""

"""Milestone quizzes: once for an enforcement action, and a pass puts a shorter one in its place."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from inbox.models import Message
from kit.dates import Week
from quizzes import services
from quizzes.models import Attempt
from quizzes.plan.rules import Option, Pass, Prospect, RewardMonth
from quizzes.plan.selectors import find_plan, shortened_ends
from quizzes.plan.wording import plan_sentences, the_end
from quizzes.presentation import show_milestone
from quizzes.rules import milestone_questions
from quizzes.selectors import milestone_quizzes, quiz_for
from quizzes.services import start_attempt, start_milestone_attempt, submit_attempt, unpublish_quiz
from reports.services import build_due_weeks
from sellers.models import Market
from tests.api import Caller
from tests.factories import NOW, MarketFactory, MemberFactory, PolicyFactory, QuizFactory, issue
from tests.factories import SellerFactory as Shop
from tests.quizzes.helpers import (
    answer_all,
    member_of,
    places,
)
from tests.reports.helpers import presented
from tests.threads import together
from violations.models import ActionKind, EnforcementAction
from violations.rules import PointsPeriod, shortened
from violations.services import NotShortened, lift_action, shorten_action

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def market(db):
    return MarketFactory(milestone_quiz_share=50)


@pytest.fixture
def seller(market):
    return Shop(market=market)


@pytest.fixture
def quizzes(seller):
    """The quizzes of the two policies that the seller breached."""
    return [QuizFactory(policy=PolicyFactory(points=6)) for _ in range(2)]


@pytest.fixture
def action(seller, quizzes):
    """What 12 points led to."""
    return restrict(seller, quizzes, now=NOW)


def restrict(seller, quizzes, *, now):
    for quiz in quizzes:
        issue(seller, quiz.policy, now=now)
    return EnforcementAction.objects.filter(seller=seller).exclude(kind="warning").order_by("-milestone_points").first()


def start(action, *, now=NOW, user=None):
    seller = action.seller
    return start_milestone_attempt(action=action, seller=seller, user=user or member_of(seller), now=now)


def take(action, *, right=None, now=NOW):
    attempt = start(action, now=now)
    answer_all(attempt, right=right)
    return submit_attempt(attempt=attempt, user=attempt.user, now=now)


# --- What is offered


def test_milestone_quiz_is_offered_for_an_action_with_an_end_to_come(seller, action, quizzes):
    [offer] = milestone_quizzes(seller=seller, as_of=NOW)

    assert (offer.action, offer.attempt, offer.share, offer.count) == (action, None, 50, 3)
    assert list(offer.quizzes) == sorted(quizzes, key=lambda quiz: quiz.policy.name)
    start_at = max(action.starts_at, NOW)
    assert offer.shortened_until - start_at == (action.ends_at - start_at) / 2


def test_milestone_quiz_is_offered_only_where_a_market_has_one(seller, action, django_assert_num_queries):
    Market.objects.update(milestone_quiz_share=0)
    seller.market.refresh_from_db()

    with django_assert_num_queries(0):
        assert milestone_quizzes(seller=seller, as_of=NOW) == []


@pytest.mark.parametrize(
    "columns",
    [
        {"kind": ActionKind.DEACTIVATION}, {"kind": ActionKind.WARNING}, {"ends_at": None},
        {"lifted_at": NOW, "lift_reason": "A mistake."},
    ],
)  # fmt: skip
def test_milestone_quiz_is_not_offered_for(seller, action, columns):
    EnforcementAction.objects.filter(pk=action.pk).update(**columns)

    assert milestone_quizzes(seller=seller, as_of=NOW) == []
    with pytest.raises(services.QuizNotAvailable, match="no milestone quiz, or it is over"):
        start(action)


def test_milestone_quiz_is_not_offered_once_the_action_is_over(seller, action):
    assert milestone_quizzes(seller=seller, as_of=action.ends_at) == []


def test_milestone_quiz_needs_enough_questions_in_published_quizzes(seller, action, quizzes):
    for quiz in quizzes:
        unpublish_quiz(quiz=quiz, now=NOW)

    assert milestone_quizzes(seller=seller, as_of=NOW) == []


@given(policies=st.integers(1, 50))
def test_milestone_quiz_asks_about_each_policy_within_bounds(policies):
    assert milestone_questions(policies) == sorted([3, policies, 6])[1]


# --- Taking it


def test_milestone_attempt_draws_across_the_policies(action, quizzes):
    attempt = start(action)

    assert set(attempt.questions.values_list("question__quiz", flat=True)) == {quiz.pk for quiz in quizzes}
    assert (attempt.action, attempt.share, attempt.questions.count()) == (action, 50, 3)
    assert attempt.quiz.policy_id == action.violation.policy_version.policy_id
    assert attempt.title == f"Milestone quiz: {action.get_kind_display()}"


def test_milestone_attempt_asks_a_published_quiz_where_that_of_the_violation_is_not(action, quizzes):
    policy = action.violation.policy_version.policy
    unpublish_quiz(quiz=policy.quiz, now=NOW)

    assert start(action).quiz.policy != policy


def test_milestone_attempt_passed_puts_a_shorter_action_in_place(seller, action):
    attempt = take(action)

    action.refresh_from_db()
    shorter = action.replacement
    assert (attempt.passed, attempt.unrewarded, attempt.credit) == (True, "", None)
    assert (action.lifted_at, action.lift_reason, action.lifted_by) == (NOW, "Milestone quiz passed.", None)
    assert shorter.ends_at == shortened(shorter.starts_at, action.ends_at, share=50)
    for name in ("seller", "milestone", "violation", "kind", "capabilities", "total"):
        assert getattr(shorter, name) == getattr(action, name)
    message = Message.objects.get(template="action_shortened")
    assert shorter.notice == message
    assert message.subject == f"{action.get_kind_display()} shortened"
    assert "You passed the milestone quiz: the" in message.body
    assert list(EnforcementAction.objects.filter(seller=seller).in_force(as_of=NOW + 30 * 24 * HOUR)) != [action]


def test_milestone_attempt_is_offered_once(seller, action):
    take(action, right=2)

    assert milestone_quizzes(seller=seller, as_of=NOW) == []
    with pytest.raises(services.AttemptsUsedUp, match="offered once"):
        start(action)


def test_milestone_attempt_failed_changes_nothing(action):
    attempt = take(action, right=2)

    action.refresh_from_db()
    assert (attempt.passed, action.lifted_at) == (False, None)
    assert not EnforcementAction.objects.filter(replaces=action).exists()


def test_milestone_attempt_is_taken_up_while_it_is_open(seller, action):
    attempt = start(action)

    assert start(action) == attempt
    assert milestone_quizzes(seller=seller, as_of=NOW)[0].attempt == attempt
    assert milestone_quizzes(seller=seller, as_of=NOW + HOUR) == []


def test_shorter_action_has_no_milestone_quiz_of_its_own(seller, action):
    take(action)

    assert milestone_quizzes(seller=seller, as_of=NOW) == []


def test_milestone_attempt_stands_outside_the_limits_of_the_month(seller, action, quizzes):
    take(action)
    quiz = Attempt.objects.get().quiz

    item = quiz_for(seller=seller, quiz=quiz, as_of=NOW)
    assert (item.attempts_used, item.rewards_used, item.open_attempt) == (0, 0, None)
    assert start_attempt(quiz=quiz, seller=seller, user=member_of(seller), now=NOW).ordinal == 1


def test_milestone_attempt_keeps_the_share_it_was_begun_with(action):
    attempt = start(action)
    answer_all(attempt)
    Market.objects.update(milestone_quiz_share=0)
    submit_attempt(attempt=attempt, user=attempt.user, now=NOW)

    shorter = EnforcementAction.objects.get(replaces=action)
    assert shorter.ends_at == shortened(shorter.starts_at, action.ends_at, share=50)


def test_milestone_attempt_passed_when_the_action_was_lifted_says_so(action):
    attempt = start(action)
    answer_all(attempt)
    lift_action(action=action, reason="A mistake.", lifted_by=None, now=NOW)

    assert submit_attempt(attempt=attempt, user=attempt.user, now=NOW).unrewarded == "over"


def test_shorten_action_refuses_what_is_over_or_was_shortened(action):
    shorter = shorten_action(action=action, share=50, reason="Milestone quiz passed.", now=NOW)

    for one in (action, shorter):
        with pytest.raises(NotShortened):
            shorten_action(action=one, share=50, reason="Again.", now=NOW)


@given(days=st.integers(1, 400), share=st.integers(0, 90))
def test_shortened_action_ends_between_its_start_and_its_end(days, share):
    end = NOW + timedelta(days=days)

    assert NOW < shortened(NOW, end, share=share) <= end


# --- What the database refuses


@pytest.mark.parametrize("columns", [{"share": None}, {"ordinal": 2}])
def test_milestone_attempt_is_whole(action, columns):
    attempt = start(action)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(**columns)
    assert refused.value.__cause__.diag.constraint_name == "attempt_of_an_action_takes_no_points_off"


def test_milestone_attempt_is_one_an_action(action):
    attempt = start(action)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Attempt.objects.create(
            quiz=attempt.quiz, action=action, share=50, seller=attempt.seller, user=attempt.user, month=attempt.month,
            ordinal=1, started_at=NOW, ends_at=NOW + HOUR,
        )  # fmt: skip
    assert refused.value.__cause__.diag.constraint_name == "quizzes_attempt_action_id_key"


def test_market_leaves_some_of_an_action(market):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Market.objects.update(milestone_quiz_share=91)
    assert refused.value.__cause__.diag.constraint_name == "market_milestone_quiz_leaves_time"


# --- At once


@pytest.mark.django_db(transaction=True)
def test_members_at_once_share_one_milestone_attempt_and_shorten_once(action):
    people = [member_of(action.seller), *(MemberFactory(seller=action.seller).user for _ in range(3))]

    started = together(4, lambda number: start(action, user=people[number]).pk)
    assert len(set(started)) == 1
    attempt = Attempt.objects.get()
    answer_all(attempt)
    passed = together(4, lambda number: submit_attempt(attempt=attempt, user=people[number], now=NOW).passed)

    assert passed == [True] * 4
    assert EnforcementAction.objects.filter(replaces=action).count() == 1
    assert Message.objects.filter(template="action_shortened").count() == 1


# --- Pages


@pytest.fixture
def member(db):
    market = MarketFactory(milestone_quiz_share=50, books_closed_until=timezone.now() - timedelta(days=100))
    return MemberFactory(seller=Shop(market=market))


@pytest.fixture
def page(client, member):
    client.force_login(member.user)
    return client


@pytest.fixture
def restriction(member):
    quizzes = [QuizFactory(policy=PolicyFactory(points=6)) for _ in range(2)]
    return restrict(member.seller, quizzes, now=timezone.now())


def milestone_url(seller, action):
    return reverse("quizzes:milestone", kwargs={"seller_id": seller.pk, "action_id": action.pk})


def test_milestone_quiz_is_taken_with_forms_alone(page, member, restriction):
    here = milestone_url(member.seller, restriction)
    assert here in page.get(reverse("quizzes:list", kwargs={"seller_id": member.seller.pk})).text
    offer = page.get(here)
    assert "Take the quiz" in offer.text
    assert "takes its place" in offer.text
    assert "Submit by <b>" not in offer.text
    start_page, here = here, page.post(here).url
    assert "Submit by <b>" in page.get(start_page).text
    for asked in Attempt.objects.get().questions.order_by("position"):
        assert "A pass takes 50 percent off the time" in page.get(here).text
        here = page.post(here, {"choice": places(asked, asked.right_ids)}).url
    assert "Submit my answers" in page.get(here).text

    result = page.post(Attempt.objects.get().get_absolute_url(), follow=True)

    assert "the action now lasts until" in result.text
    again = page.post(milestone_url(member.seller, restriction))
    assert "offered once" in again.text
    assert "See your result" in again.text


def test_milestone_quiz_that_was_not_passed_explains_everything(page, member, restriction):
    attempt = start(restriction, user=member.user, now=timezone.now())
    answer_all(attempt, right=1)
    submit_attempt(attempt=attempt, user=member.user, now=timezone.now())

    text = page.get(attempt.get_absolute_url()).text
    assert "The action stays as it is." in text
    assert text.count("Because it is so.") == 3


def test_milestone_quiz_of_another_seller_is_not_found(client, member, restriction):
    stranger = MemberFactory(seller=Shop(market=member.seller.market))
    client.force_login(stranger.user)

    for seller in (member.seller, stranger.seller):
        assert client.get(milestone_url(seller, restriction)).status_code == 404
        assert client.post(milestone_url(seller, restriction)).status_code == 404
    assert not Attempt.objects.exists()


# --- Where it is linked, and what the plan makes of it


@pytest.mark.parametrize("name", ["dashboard", "violations:enforcement"])
def test_page_leads_to_the_milestone_quiz(page, member, restriction, name):
    where = reverse(name, kwargs={"seller_id": member.seller.pk})

    text = page.get(where).text

    assert milestone_url(member.seller, restriction) in text
    assert "A pass takes 50 % off the time that the restriction still lasts." in text
    attempt = start(restriction, user=member.user, now=timezone.now())
    assert "Continue the quiz" in page.get(where).text
    answer_all(attempt)
    submit_attempt(attempt=attempt, user=member.user, now=timezone.now())
    assert milestone_url(member.seller, restriction) not in page.get(where).text


def test_who_only_looks_sees_the_milestone_quiz_and_takes_none(client, member, restriction):
    viewer = MemberFactory(seller=member.seller, role="viewer")
    client.force_login(viewer.user)
    text = client.get(reverse("dashboard", kwargs={"seller_id": member.seller.pk})).text
    assert milestone_url(member.seller, restriction) in text
    assert "See the quiz" in text


def test_report_says_to_take_the_milestone_quiz(seller, action):
    offers = milestone_quizzes(seller=seller, as_of=NOW)
    step = show_milestone(offers[0], zone=seller.market.zone)
    week, zone = Week.of(NOW, zone=seller.market.zone), seller.market.zone
    close = week.ends_at(zone=zone)
    build_due_weeks(market=seller.market, now=close)
    shown = presented(seller, week, now=close)
    first = shown.open_follow_ups[0]
    assert (first.kind, first.href, first.button) == ("milestone_quiz", step.href, "Take the quiz")
    assert first.headline == step.line


def test_notice_of_an_action_says_that_a_milestone_quiz_may_shorten_it(action):
    assert "where a milestone quiz is offered" in action.notice.body
    Market.objects.update(milestone_quiz_share=0)
    other = Shop(market=Market.objects.get())
    restricted = restrict(other, [QuizFactory(policy=PolicyFactory(points=12))], now=NOW)
    assert "milestone quiz" not in restricted.notice.body


def test_plan_counts_on_the_milestone_quiz_that_ends_an_action_sooner(seller, action):
    prospect = Prospect(NOW, [PointsPeriod(2, NOW, NOW + HOUR)], [12], 5)
    offers = milestone_quizzes(seller=seller, as_of=NOW)

    plan = find_plan(prospect, (), seller=seller, milestones=offers)

    (goal,) = plan.goals
    assert (goal.without, goal.planned) == (action.ends_at, offers[0].shortened_until)
    assert plan.needs_shortening(goal)
    (said,) = plan_sentences(plan, zone=seller.market.zone)
    assert "With the milestone quiz: " in said
    assert the_end(plan, goal) == "The shorter action ends by itself."


def test_plan_names_other_quizzes_beside_the_milestone_quiz(seller, action):
    end = action.ends_at
    prospect = Prospect(NOW, [PointsPeriod(8, NOW, end)], [12], 5)
    offers = milestone_quizzes(seller=seller, as_of=NOW)
    option = Option(1, 1, 8, 1, end, end)
    passed = tuple(Pass(option, number, RewardMonth.THIS, NOW, end, 1) for number in (1, 2))

    plan = find_plan(prospect, passed, seller=seller, milestones=offers)

    (said,) = plan_sentences(plan, zone=seller.market.zone)
    assert "With the milestone quiz and 2 others: " in said


def test_plan_without_milestone_quizzes_ends_with_its_actions(seller, action):
    ends = [action.ends_at, None]
    assert shortened_ends(ends, []) == ends
    assert shortened_ends([None], milestone_quizzes(seller=seller, as_of=NOW)) == [None]


def test_plan_over_the_api_names_the_milestone_quiz(member, restriction):
    answer = Caller(member.seller.market).get(f"sellers/{member.seller.external_id}/plan").json()
    (offer,) = answer["milestone_quizzes"]
    assert (offer["action"], offer["ends_at"]) == (
        "restriction",
        restriction.ends_at.isoformat().replace("+00:00", "Z"),
    )
    assert answer["goals"][0]["planned"] < answer["goals"][0]["without"] or answer["goals"][0]["without"] is None

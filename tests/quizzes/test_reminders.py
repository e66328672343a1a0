"""Reminding sellers of windows that close: once a week before and once a day before, and never for nothing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection

from inbox.models import Message
from quizzes import rules, tasks
from quizzes.models import QuizReminder
from quizzes.services import remind_batch, remind_sellers
from tests.factories import NOW, MarketFactory, PolicyFactory, QuizFactory, issue
from tests.factories import SellerFactory as Shop
from tests.quizzes.helpers import (
    start,
    take,
)
from tests.threads import together
from violations.services import void_violation

pytestmark = pytest.mark.django_db

JANUARY = datetime(2027, 1, 1, 5, tzinfo=UTC)
"""In New York the windows of what was told in November are closed from here on."""
WEEK_BEFORE, DAY_BEFORE = JANUARY - timedelta(days=7), JANUARY - timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def quiz(db):
    return QuizFactory(policy=PolicyFactory(points=2))


@pytest.fixture
def seller(quiz):
    seller = Shop()
    issue(seller, quiz.policy)
    return seller


def remind(now, **options):
    return remind_sellers(clock=lambda: now, **options)


def reminders():
    return Message.objects.filter(template="quiz_closing").order_by("id")


@pytest.mark.parametrize(
    ("now", "days"),
    [(WEEK_BEFORE - INSTANT, None), (WEEK_BEFORE, 7), (DAY_BEFORE - INSTANT, 7), (DAY_BEFORE, 1), (JANUARY, None)],
)
def test_windows_close_soon_in_the_last_week_and_on_the_last_day(now, days):
    closing = rules.closing_soon(as_of=now, zone=ZoneInfo("America/New_York"))

    assert closing == (rules.Closing(JANUARY, days) if days else None)


def test_seller_is_reminded_a_week_before_and_a_day_before(seller):
    assert [remind(now) for now in (WEEK_BEFORE - INSTANT, WEEK_BEFORE, DAY_BEFORE - INSTANT)] == [0, 1, 0]
    assert [remind(now) for now in (DAY_BEFORE, JANUARY - INSTANT, JANUARY)] == [1, 0, 0]
    assert list(QuizReminder.objects.order_by("id").values_list("seller", "days", "message")) == [
        (seller.pk, days, message.pk) for days, message in zip((7, 1), reminders(), strict=True)
    ]


def test_several_violations_and_quizzes_are_one_message(seller, quiz):
    issue(seller, quiz.policy)
    other = QuizFactory(policy=PolicyFactory(name="Gifts", points=2))
    issue(seller, other.policy)

    assert remind(DAY_BEFORE) == 1

    message = reminders().get()
    assert message.subject == "2 quizzes close at the end of 31 Dec 2026"
    assert f"**{quiz.policy.name}**: 1 point off one of 2 violations" in message.body
    assert "**Gifts**: 1 point off 1 violation" in message.body
    assert "Your market rewards 3 more passes this month." in message.body
    assert message.path == f"/s/{seller.pk}/quizzes/"


def test_message_of_one_quiz_says_so(seller):
    remind(DAY_BEFORE)

    assert reminders().get().subject == "A quiz closes at the end of 31 Dec 2026"


def test_nobody_is_reminded_where_nothing_can_be_gained(quiz):
    no_rewards = Shop(market=MarketFactory(rewarded_passes_per_month=0))
    voided, passed, used, none = Shop.create_batch(4)
    for one in (no_rewards, voided, passed, used):
        violation = issue(one, quiz.policy)
        if one is voided:
            void_violation(violation=violation, reason="A mistake.", voided_by=None, now=NOW)
    for _ in range(2):
        take(passed, quiz)
    for _ in range(3):
        take(used, quiz, right=0, now=JANUARY - timedelta(days=20))
    issue(none, PolicyFactory(points=2))

    assert remind(WEEK_BEFORE) == 0
    assert not QuizReminder.objects.exists()


def test_violation_told_this_month_closes_next_month(seller, quiz):
    december = Shop(market=seller.market)
    issue(december, quiz.policy, now=datetime(2026, 12, 2, tzinfo=UTC))

    assert remind(DAY_BEFORE) == 1
    assert reminders().get().seller == seller


def test_open_attempt_can_still_be_finished_and_is_reminded_of(seller, quiz):
    start(seller, quiz, now=DAY_BEFORE - timedelta(minutes=10))

    assert remind(DAY_BEFORE) == 1


def test_reminders_go_out_in_batches_whatever_the_market(quiz):
    for _ in range(2):
        market = MarketFactory()
        for _ in range(3):
            issue(Shop(market=market), quiz.policy)

    assert remind(DAY_BEFORE, batch=2) == 6
    assert reminders().count() == 6


@pytest.mark.parametrize("count", [1, 3])
def test_batch_takes_the_same_queries_for_any_number(quiz, count, django_assert_num_queries):
    market = MarketFactory()
    for _ in range(count):
        issue(Shop(market=market), quiz.policy)

    with django_assert_num_queries(12):
        assert remind_batch(market=market, after=0, now=DAY_BEFORE) == (count, None)


def test_task_reminds_by_the_clock():
    tasks.remind_sellers()

    assert not reminders().exists()


@pytest.mark.parametrize(("days", "constraint"), [(7, "quiz_reminder_once"), (2, "quiz_reminder_days_offered")])
def test_database_refuses_a_second_reminder(seller, days, constraint):
    remind(WEEK_BEFORE)
    remind(DAY_BEFORE)
    sql = "UPDATE quizzes_quizreminder SET days = %s WHERE days = 1"

    with pytest.raises(IntegrityError) as refused, connection.cursor() as cursor:
        cursor.execute(sql, [days])
    assert refused.value.__cause__.diag.constraint_name == constraint


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_remind_each_seller_once(seller, quiz):
    for _ in range(5):
        issue(Shop(market=seller.market), quiz.policy)

    told = together(4, lambda _: remind(DAY_BEFORE, batch=2))

    assert sum(told) == 6
    assert len(set(reminders().values_list("seller", flat=True))) == reminders().count() == 6

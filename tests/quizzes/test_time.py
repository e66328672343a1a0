"""The time of an attempt: until when it can be submitted, and what happens meanwhile."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from quizzes import rules, services
from quizzes.attempt_wording import time_allowed, time_left
from quizzes.models import Attempt, Question, Quiz
from quizzes.selectors import open_quizzes, quiz_for
from quizzes.services import (
    publish_question,
    replace_question,
    send_for_review,
    start_attempt,
    submit_attempt,
    unpublish_quiz,
)
from tests.factories import (
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    PolicyVersionFactory,
    QuizFactory,
    UserFactory,
    issue,
)
from tests.factories import SellerFactory as Shop
from tests.locks import background, wait_until_somebody_waits_for_a_lock
from tests.quizzes.helpers import (
    answer,
    answer_all,
    left,
    start,
    take,
)
from tests.threads import together
from violations.services import void_violation

pytestmark = pytest.mark.django_db

JANUARY = datetime(2027, 1, 1, 5, tzinfo=UTC)
"""The first instant of January in New York: the window of a violation told in November is closed."""
HOUR = timedelta(minutes=60)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def seller(db):
    return Shop()


@pytest.fixture
def quiz(db):
    return QuizFactory(policy=PolicyFactory(points=2))


@pytest.fixture
def violation(seller, quiz):
    return issue(seller, quiz.policy)


def answered(seller, quiz, **fields):
    attempt = start(seller, quiz, **fields)
    answer_all(attempt)
    return attempt


def submit(attempt, now):
    return submit_attempt(attempt=attempt, user=attempt.user, now=now)


# --- The end of an attempt


def test_attempt_can_be_submitted_until_before_the_end_of_its_hour(seller, quiz, violation):
    attempt = submit(answered(seller, quiz), NOW + HOUR - INSTANT)

    assert (attempt.state(as_of=NOW + HOUR), left(violation, at=NOW + HOUR)) == (Attempt.State.PASSED, 1)


def test_attempt_submitted_at_the_end_of_its_hour_is_not_passed(seller, quiz, violation):
    attempt = submit(answered(seller, quiz), NOW + HOUR)

    assert (attempt.passed, attempt.right_answers, attempt.submitted_at) == (False, 3, NOW + HOUR)
    assert attempt.state(as_of=NOW + HOUR) is Attempt.State.TIMED_OUT
    assert left(violation, at=NOW + HOUR) == 2
    assert submit(attempt, NOW + 2 * HOUR) == attempt


def test_attempt_left_is_over_without_anybody_noting_it(seller, quiz, violation):
    attempt = answered(seller, quiz)

    assert attempt.state(as_of=NOW + HOUR - INSTANT) is Attempt.State.OPEN
    assert attempt.state(as_of=NOW + HOUR) is Attempt.State.TIMED_OUT
    assert list(Attempt.objects.open(as_of=NOW + HOUR - INSTANT)) == [attempt]
    assert not Attempt.objects.open(as_of=NOW + HOUR).exists()
    assert quiz_for(seller=seller, quiz=quiz, as_of=NOW + HOUR).open_attempt is None
    assert quiz_for(seller=seller, quiz=quiz, as_of=NOW + HOUR - INSTANT).open_attempt == attempt


def test_attempt_submitted_in_time_is_failed_and_not_late(seller, quiz, violation):
    attempt = take(seller, quiz, right=1)

    assert attempt.state(as_of=NOW + HOUR) is Attempt.State.FAILED


def test_attempt_started_after_one_that_was_left_is_a_new_one(seller, quiz, violation):
    before = start(seller, quiz)
    answer(before, 1)

    after = start(seller, quiz, now=NOW + HOUR)

    before.refresh_from_db()
    assert (before.passed, before.right_answers, before.submitted_at) == (False, 1, NOW + HOUR)
    assert (after.ordinal, after.is_open(as_of=NOW + HOUR)) == (2, True)


def test_answer_after_the_end_is_refused_kindly(seller, quiz, violation):
    attempt = start(seller, quiz)

    with pytest.raises(services.AttemptOver, match="The time of this attempt is over; your answers stay"):
        answer(attempt, 1, now=NOW + HOUR)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"ends_at": NOW}, "attempt_ends_after_it_starts"),
        ({"submitted_at": NOW + HOUR, "passed": True, "unrewarded": "limit"}, "attempt_submitted_in_time"),
        ({"submitted_at": NOW + HOUR + INSTANT, "passed": False}, "attempt_submitted_in_time"),
    ],
)
def test_database_refuses_what_comes_too_late(seller, quiz, violation, columns, constraint):
    attempt = start(seller, quiz)
    graded = {"right_answers": 3} if "passed" in columns else {}

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(**columns, **graded)
    assert refused.value.__cause__.diag.constraint_name == constraint


# --- The end of a window


def test_attempt_begun_in_the_window_is_rewarded_within_its_hour(seller, quiz, violation):
    attempt = submit(answered(seller, quiz, now=JANUARY - INSTANT), JANUARY + HOUR - 2 * INSTANT)

    assert (attempt.gain, attempt.credit.violation) == (1, violation)
    assert (attempt.month, attempt.reward_month) == (date(2026, 12, 1), date(2027, 1, 1))


def test_attempt_begun_in_the_window_keeps_the_quiz_open_until_its_end(seller, quiz, violation):
    attempt = start(seller, quiz, now=JANUARY - INSTANT)

    [item] = open_quizzes(seller=seller, as_of=JANUARY)
    assert (item.open_attempt, item.closes_at, item.last_day) == (attempt, attempt.ends_at, date(2027, 1, 1))
    assert quiz_for(seller=seller, quiz=quiz, as_of=JANUARY).gain == 1
    assert open_quizzes(seller=seller, as_of=attempt.ends_at) == []
    assert quiz_for(seller=seller, quiz=quiz, as_of=attempt.ends_at) is None


def test_quiz_is_closed_with_its_window_to_whoever_began_nothing(seller, quiz, violation):
    assert open_quizzes(seller=seller, as_of=JANUARY) == []
    with pytest.raises(services.NoEligibleViolation):
        start(seller, quiz, now=JANUARY)


def test_pick_can_be_changed_in_an_attempt_begun_in_the_window(seller, quiz, violation):
    other = issue(seller, quiz.policy)
    start(seller, quiz, now=JANUARY - INSTANT, violation=violation)

    assert start(seller, quiz, now=JANUARY, violation=other).violation == other


# --- More time


def person(seller, factor):
    user = MemberFactory(seller=seller).user
    user.time_factor = factor
    user.save()
    return user


@pytest.mark.parametrize(("factor", "hours"), [(1, 1), (2, 2), (10, 10)])
def test_attempt_takes_as_long_as_the_person_needs(seller, quiz, violation, factor, hours):
    attempt = start_attempt(quiz=quiz, seller=seller, user=person(seller, factor), now=NOW)

    assert attempt.ends_at == NOW + timedelta(hours=hours)


def test_open_attempt_is_taken_up_for_as_long_as_the_person_needs_and_never_for_less(seller, quiz, violation):
    start(seller, quiz)

    longer = start_attempt(quiz=quiz, seller=seller, user=person(seller, 2), now=NOW)
    again = start(seller, quiz)

    assert (longer.ends_at, again.ends_at) == (NOW + 2 * HOUR, NOW + 2 * HOUR)


def test_attempt_with_ten_times_the_time_is_rewarded_ten_hours_after_the_window(seller, quiz, violation):
    attempt = start_attempt(quiz=quiz, seller=seller, user=person(seller, 10), now=JANUARY - INSTANT)
    answer_all(attempt)

    assert len(open_quizzes(seller=seller, as_of=JANUARY + 9 * HOUR)) == 1
    assert submit(attempt, JANUARY + 9 * HOUR).gain == 1


def test_database_knows_the_times_that_are_offered(seller):
    person(seller, 1)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        User.objects.update(time_factor=3)
    assert refused.value.__cause__.diag.constraint_name == "user_time_factor_is_offered"


@given(started_at=st.datetimes(timezones=st.just(UTC)), factor=st.sampled_from(User.TimeFactor.values))
def test_attempt_ends_after_real_time_whatever_the_clocks_do(started_at, factor):
    if started_at.year < 9999:
        assert rules.ends_at(started_at, time_factor=factor) - started_at == HOUR * factor


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(-1, "0 minutes left"), (1, "1 minute left"), (119, "119 minutes left"), (120, "2 hours left"),
     (47 * 60, "47 hours left"), (48 * 60, "2 days left"), (20 * 24 * 60 + 5, "20 days left")],
)  # fmt: skip
def test_time_left_is_said_in_minutes_hours_or_days(minutes, said):
    assert time_left(NOW + timedelta(minutes=minutes), now=NOW) == said


def test_time_allowed_is_said_in_minutes_or_hours():
    assert [time_allowed(factor) for factor in (1, 2, 10)] == ["60 minutes", "2 hours", "10 hours"]


# --- What changes meanwhile


@pytest.mark.parametrize("begun", ["2026-11-01T05:30:00+00:00", "2027-03-14T06:30:00+00:00"])
def test_attempt_over_a_change_of_the_clocks_has_its_hour(quiz, begun):
    """In New York the clocks go back at 06:00 UTC on 1 November, and forward at 07:00 UTC on 14 March."""
    now = datetime.fromisoformat(begun)
    seller = Shop(market=MarketFactory(books_closed_until=now - timedelta(days=1)))
    violation = issue(seller, quiz.policy, now=now)

    assert submit(answered(seller, quiz, now=now), now + HOUR - INSTANT).gain == 1
    assert left(violation, at=now + HOUR) == 1


def test_attempt_over_the_end_of_a_month_counts_in_the_month_it_was_started_in(seller, quiz, violation):
    december = datetime(2026, 12, 1, 5, tzinfo=UTC)
    submit(answered(seller, quiz, now=december - INSTANT), december)

    item = quiz_for(seller=seller, quiz=quiz, as_of=december)
    assert (item.attempts_used, item.rewards_used) == (0, 1)


def test_attempt_is_rewarded_under_the_wording_that_replaced_the_one_breached(seller, quiz, violation):
    attempt = answered(seller, quiz)
    PolicyVersionFactory(policy=quiz.policy, number=2, effective_from=NOW + INSTANT, points=4)

    assert submit(attempt, NOW + timedelta(minutes=5)).credit.violation == violation


def test_attempt_for_a_violation_voided_meanwhile_is_rewarded_by_the_next(seller, quiz, violation):
    other = issue(seller, quiz.policy)
    attempt = answered(seller, quiz, violation=violation)
    void_violation(violation=violation, reason="Appeal granted.", voided_by=None, now=NOW)

    assert submit(attempt, NOW + timedelta(minutes=5)).credit.violation == other


def test_attempt_of_a_quiz_unpublished_meanwhile_runs_out_and_no_other_can_be_started(seller, quiz, violation):
    attempt = start(seller, quiz)
    unpublish_quiz(quiz=quiz, now=NOW)

    with pytest.raises(services.QuizNotAvailable):
        start(seller, quiz, now=NOW + HOUR)
    assert submit(attempt, NOW + HOUR).passed is False


# --- At once


@pytest.mark.django_db(transaction=True)
def test_submissions_around_the_last_instant_agree_on_one_result(seller, quiz, violation):
    attempt = answered(seller, quiz)
    moments = [NOW + HOUR - INSTANT, NOW + HOUR] * 3

    answers = together(6, lambda number: submit(attempt, moments[number]).passed)

    attempt.refresh_from_db()
    assert set(answers) == {attempt.passed}
    assert left(violation, at=NOW + HOUR) == (1 if attempt.passed else 2)


@pytest.mark.django_db(transaction=True)
def test_submission_that_waited_is_judged_by_when_it_was_sent(seller, quiz, violation):
    attempt = answered(seller, quiz)

    with background() as begin, transaction.atomic():
        answer(attempt, 1)
        submitted = begin(lambda: submit(attempt, NOW + HOUR - INSTANT))
        wait_until_somebody_waits_for_a_lock()

    assert submitted.result().passed


@pytest.mark.django_db(transaction=True)
def test_two_members_who_start_after_one_was_left_share_one_attempt(seller, quiz, violation):
    left_one = start(seller, quiz)
    people = [person(seller, factor) for factor in (1, 2, 1, 10)]

    started = together(
        4, lambda number: start_attempt(quiz=quiz, seller=seller, user=people[number], now=NOW + HOUR).pk
    )

    assert len(set(started)) == 1
    assert left_one.pk not in started
    assert Attempt.objects.get(pk=started[0]).ends_at == NOW + 11 * HOUR


@pytest.mark.django_db(transaction=True)
def test_attempts_begun_while_questions_are_replaced_and_the_quiz_is_taken_back_are_whole_or_refused_kindly(quiz):
    """Each question is replaced while attempts draw them; then nobody can start, and what was drawn can be passed."""
    quiz.questions.exclude(pk__in=quiz.questions.all()[:3]).update(state="retired", retired_at=NOW)
    old = list(quiz.questions.in_use())
    drafts = [replace_question(question=one, replaced_by=UserFactory(), now=NOW) for one in old]
    for one in drafts:
        send_for_review(question=one, now=NOW)
    sellers = Shop.create_batch(3, market=MarketFactory())
    for seller in sellers:
        issue(seller, quiz.policy)
        person(seller, 1)
    reviewer = UserFactory()
    calls = [
        *(partial(start, seller, quiz) for seller in sellers),
        *(partial(publish_question, question=one, published_by=reviewer, now=NOW) for one in drafts),
        partial(unpublish_quiz, quiz=quiz, now=NOW),
    ]

    answers = together(len(calls), lambda number: calls[number]())

    assert {type(one) for one in answers} <= {Attempt, Question, Quiz, services.QuizNotAvailable}
    for attempt in Attempt.objects.all():
        asked = {one.question.replaces_id or one.question_id for one in attempt.questions.select_related("question")}
        assert asked == {one.pk for one in old}
        answer_all(attempt)
        assert submit(attempt, NOW).gain == 1
    with pytest.raises(services.QuizNotAvailable):
        start(sellers[0], quiz)

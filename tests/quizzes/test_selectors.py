from datetime import UTC, date, datetime, timedelta

import pytest

from quizzes.selectors import (
    bank_problems,
    banks,
    get_taken_attempt,
    open_quizzes,
    open_quizzes_by_seller,
    with_use,
)
from quizzes.services import submit_attempt
from tests.credits import credit_points
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    PolicyFactory,
    QuestionFactory,
    QuizFactory,
    SellerFactory,
    issue,
)
from tests.quizzes.helpers import answer, answer_all, start, take
from violations.services import void_violation

pytestmark = pytest.mark.django_db

DECEMBER = datetime(2026, 12, 1, 5, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, 5, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def seller(db):
    return SellerFactory(market__books_closed_until=LONG_AGO)


@pytest.fixture
def quiz(db):
    return QuizFactory()


def test_open_quizzes_says_what_is_at_stake_and_until_when(seller, quiz):
    older = issue(seller, quiz.policy, now=NOW - timedelta(days=30))
    newer = issue(seller, quiz.policy)
    credit_points(violation=older, points=1, reason="Goodwill", now=NOW)

    (item,) = open_quizzes(seller=seller, as_of=NOW)

    assert item.quiz == quiz
    assert [(e.violation, e.points_left, e.last_day) for e in item.eligible] == [
        (older, 1, date(2026, 11, 30)),
        (newer, 2, date(2026, 12, 31)),
    ]
    assert item.picked == item.eligible[0]
    assert (item.closes_at, item.last_day, item.gain) == (DECEMBER, date(2026, 11, 30), 1)
    assert (item.attempts_used, item.attempts_left, item.rewards_used, item.rewards_left) == (0, 3, 0, 3)
    assert (item.open_attempt, item.can_take, item.is_next_action, item.again_at) == (None, True, True, DECEMBER)


def test_quiz_window_of_a_violation_fed_late_runs_from_when_it_was_told(seller, quiz):
    told_late = issue(seller, quiz.policy, issued_at=NOW - timedelta(days=70), now=NOW)

    (item,) = open_quizzes(seller=seller, as_of=NOW)

    assert [(e.violation, e.last_day) for e in item.eligible] == [(told_late, date(2026, 12, 31))]
    assert open_quizzes(seller=seller, as_of=NOW - INSTANT) == []


def test_open_quizzes_puts_the_next_deadline_first(seller):
    late, soon = QuizFactory(), QuizFactory()
    issue(seller, soon.policy, now=NOW - timedelta(days=30))
    issue(seller, late.policy)

    assert [item.quiz for item in open_quizzes(seller=seller, as_of=NOW)] == [soon, late]


def test_open_quizzes_leaves_out_what_a_pass_could_not_better(seller, quiz):
    issue(seller, QuizFactory().policy, now=NOW - timedelta(days=60))
    issue(seller, PolicyFactory())
    issue(seller, QuizFactory(published_at=None).policy)
    issue(seller, QuizFactory(published_at=NOW + INSTANT).policy)
    issue(seller, QuizFactory(policy=PolicyFactory(points=0)).policy)
    issue(SellerFactory(market=seller.market), quiz.policy)
    voided = issue(seller, quiz.policy)
    void_violation(violation=voided, reason="A mistake.", voided_by=None, now=NOW)
    credited = issue(seller, QuizFactory().policy)
    credit_points(violation=credited, points=2, reason="Goodwill", now=NOW)

    assert open_quizzes(seller=seller, as_of=NOW) == []


def test_open_quizzes_closes_with_the_window(seller, quiz):
    issue(seller, quiz.policy)

    assert open_quizzes(seller=seller, as_of=NOW - INSTANT) == []
    assert len(open_quizzes(seller=seller, as_of=NOW)) == 1
    (last_moment,) = open_quizzes(seller=seller, as_of=JANUARY - INSTANT)
    assert last_moment.again_at is None
    assert open_quizzes(seller=seller, as_of=JANUARY) == []


def test_open_quizzes_counts_attempts_and_rewards_of_the_month(seller, quiz):
    other = QuizFactory()
    issue(seller, other.policy)
    issue(seller, quiz.policy)
    take(seller, other)
    take(seller, quiz, right=1)
    attempt = start(seller, quiz)

    (item,) = (item for item in open_quizzes(seller=seller, as_of=NOW) if item.quiz == quiz)
    assert (item.attempts_used, item.attempts_left, item.rewards_used, item.rewards_left) == (2, 1, 1, 2)
    assert item.open_attempt == attempt

    (next_month,) = (item for item in open_quizzes(seller=seller, as_of=DECEMBER) if item.quiz == quiz)
    assert (next_month.attempts_used, next_month.rewards_left, next_month.open_attempt) == (0, 3, None)


def test_open_quizzes_keeps_a_quiz_whose_attempts_are_used_up(seller, quiz):
    issue(seller, quiz.policy)
    for _ in range(3):
        take(seller, quiz, right=0)

    (item,) = open_quizzes(seller=seller, as_of=NOW)

    assert (item.attempts_left, item.can_take, item.is_next_action, item.again_at) == (0, False, False, DECEMBER)


def test_open_quizzes_is_no_next_action_without_rewards_left(quiz):
    seller = SellerFactory(market=MarketFactory(rewarded_passes_per_month=0))
    issue(seller, quiz.policy)

    (item,) = open_quizzes(seller=seller, as_of=NOW)

    assert (item.can_take, item.is_next_action) == (True, False)


def test_open_quizzes_of_a_past_moment_are_as_they_were(seller, quiz):
    violation = issue(seller, quiz.policy)
    attempt = start(seller, quiz)
    answer_all(attempt)
    later = NOW + timedelta(hours=1)
    submit_attempt(attempt=attempt, user=attempt.user, now=later)
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=later)

    (item,) = open_quizzes(seller=seller, as_of=NOW)

    assert (item.picked.points_left, item.open_attempt, item.rewards_used) == (2, attempt, 0)
    assert open_quizzes(seller=seller, as_of=later) == []


def test_open_quizzes_known_before_a_moment_do_not_see_what_came_later(seller, quiz):
    known = issue(seller, quiz.policy)
    closing = NOW + timedelta(days=1)
    issue(seller, quiz.policy, issued_at=NOW + INSTANT, now=closing)
    void_violation(violation=known, reason="A mistake.", voided_by=None, now=closing)

    (item,) = open_quizzes(seller=seller, as_of=closing, known_before=closing)

    assert [(e.violation, e.points_left) for e in item.eligible] == [(known, 2)]


@pytest.mark.parametrize("count", [1, 3])
def test_open_quizzes_of_many_sellers_take_one_query(django_assert_num_queries, count):
    market = MarketFactory()
    sellers = SellerFactory.create_batch(count, market=market)
    for seller in sellers:
        for _ in range(count):
            issue(seller, QuizFactory().policy)
    ids = [seller.pk for seller in sellers]

    with django_assert_num_queries(1):
        found = open_quizzes_by_seller(market=market, seller_ids=ids, as_of=NOW)

    assert {pk: len(items) for pk, items in found.items()} == dict.fromkeys(ids, count)


def test_taken_hides_those_of_another_seller(seller, quiz):
    issue(seller, quiz.policy)
    attempt = start(seller, quiz)

    assert get_taken_attempt(seller=seller, attempt_id=attempt.pk).attempt == attempt
    with pytest.raises(type(attempt).DoesNotExist):
        get_taken_attempt(seller=SellerFactory(), attempt_id=attempt.pk)


def test_answers_of_an_attempt_tell_right_from_wrong(seller, quiz, django_assert_num_queries):
    issue(seller, quiz.policy)
    attempt = take(seller, quiz, right=1)
    open_one = start(seller, quiz)

    with django_assert_num_queries(1):
        answers = get_taken_attempt(seller=seller, attempt_id=attempt.pk).answers

    assert [(a.position, a.right_texts, a.is_right, a.chosen_texts == a.right_texts) for a in answers] == [
        (1, ["Choice 2"], True, True),
        (2, ["Choice 2"], False, False),
        (3, ["Choice 2"], False, False),
    ]
    others = get_taken_attempt(seller=seller, attempt_id=open_one.pk).answers
    assert [(a.chosen_texts, a.is_right) for a in others] == [([], False)] * 3


def test_bank_problems_look_at_questions_in_use():
    quiz = QuizFactory(bank=3)
    QuestionFactory(quiz=quiz, choices=False, retired_at=NOW)

    assert not bank_problems(quiz)


def test_with_use_counts_answers_of_attempts_that_are_over(seller):
    quiz = QuizFactory(bank=3)
    issue(seller, quiz.policy)
    take(seller, quiz)
    take(seller, quiz, right=0)
    asked = answer(start(seller, quiz), 1)
    QuestionFactory(quiz=quiz)

    def counts(as_of):
        used = with_use(quiz.questions.order_by("id"), as_of=as_of)
        return [(one.was_asked, one.answered, one.answered_right, one.pk == asked.question_id) for one in used]

    assert [one[:3] for one in counts(NOW)] == [(True, 2, 1)] * 3 + [(False, 0, 0)]
    over = counts(NOW + timedelta(hours=1))
    assert sorted(over) == sorted([(True, 2, 1, False)] * 2 + [(True, 3, 2, True), (False, 0, 0, False)])


def test_with_use_counts_the_latest_answers_alone(seller, monkeypatch):
    monkeypatch.setattr(banks, "MAX_TIMES_ASKED", 1)
    quiz = QuizFactory(bank=3)
    issue(seller, quiz.policy)
    take(seller, quiz)
    take(seller, quiz, right=0)

    assert set(with_use(quiz.questions.all(), as_of=NOW).values_list("answered", "answered_right")) == {(1, 0)}

"""The figures of attempts that were taken, and the page that shows them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from quizzes.models import Question, Quiz
from quizzes.services import start_milestone_attempt, submit_attempt
from quizzes.statistics.rules import QuizAfterBreach
from quizzes.statistics.selectors import breached_again, question_figures, quiz_figures
from tests.factories import (
    NOW,
    MarketFactory,
    PolicyFactory,
    QuestionFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    issue,
)
from tests.quizzes.helpers import answer, answer_all, member_of, start, take
from tests.quizzes.test_milestones import restrict
from violations.services import void_violation

pytestmark = pytest.mark.django_db

MONTH = timedelta(days=32)
MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(days=100)


@pytest.fixture
def quiz():
    return QuizFactory(bank=3)


def seller_of(quiz, *, told=NOW):
    seller = SellerFactory()
    issue(seller, quiz.policy, now=told)
    return seller


def test_questions_of_nobody_have_no_figures(quiz):
    start(seller_of(quiz), quiz)
    assert question_figures(quiz, as_of=NOW) == []


def test_question_figures_count_answers_choices_and_time(quiz):
    for right in (3, 0):
        attempt = start(seller_of(quiz), quiz)
        answer_all(attempt, right=right, now=NOW + timedelta(seconds=30))
        submit_attempt(attempt=attempt, user=attempt.user, now=NOW + timedelta(minutes=1))

    found = question_figures(quiz, as_of=NOW + timedelta(minutes=1))

    assert [(one.answers, one.right, one.recent_answers, one.drawn_of) for one in found] == [(2, 1, 2, 2)] * 3
    assert {choice.chosen for one in found for choice in one.choices if choice.is_right} == {1}
    assert all(one.discrimination == pytest.approx(1) for one in found)
    assert all(0 <= one.median_seconds <= 30 for one in found)
    assert question_figures(QuizFactory(bank=3), as_of=NOW + timedelta(minutes=1)) == []
    assert question_figures(quiz, as_of=NOW) == []


def test_exposure_is_of_the_attempts_that_could_have_drawn_the_question(quiz):
    early, late = (quiz.questions.order_by("pk")[number] for number in (0, 1))
    take(seller_of(quiz), quiz)
    retire(early, at=NOW + MINUTE)
    published(QuestionFactory(quiz=quiz), at=NOW + MINUTE)
    for _ in range(2):
        take(seller_of(quiz), quiz, now=NOW + 2 * MINUTE)

    found = {one.pk: one for one in question_figures(quiz, as_of=NOW + 3 * MINUTE)}

    added = max(found)
    assert [found[pk].drawn_of for pk in (early.pk, late.pk, added)] == [1, 3, 2]
    assert [found[pk].exposure for pk in (early.pk, late.pk, added)] == [1.0, 1.0, 1.0]


def retire(question, *, at):
    Question.objects.filter(pk=question.pk).update(state="retired", retired_at=at)


def published(question, *, at):
    Question.objects.filter(pk=question.pk).update(published_at=at)


def test_attempt_that_was_left_counts_once_its_time_is_over_whether_it_was_noted_or_not(quiz):
    left = start(seller_of(quiz), quiz)
    answer(left, 1)
    seller = left.seller
    over = NOW + timedelta(hours=1)

    assert quiz_figures(quiz, as_of=over - MINUTE).attempts == 0
    assert question_figures(quiz, as_of=over - MINUTE) == []
    before = (quiz_figures(quiz, as_of=over), question_figures(quiz, as_of=over), breached_again(quiz, as_of=LATER))
    start(seller, quiz, now=over)  # notes it
    assert before == (
        quiz_figures(quiz, as_of=over), question_figures(quiz, as_of=over), breached_again(quiz, as_of=LATER)
    )  # fmt: skip
    assert (before[0].attempts, before[0].passed, [one.answers for one in before[1]]) == (1, 0, [1])
    assert {one.after: one.sellers for one in before[2]}[QuizAfterBreach.FAIL] == 1


def test_milestone_quiz_is_in_no_figure_of_one_quiz():
    seller = SellerFactory(market=MarketFactory(milestone_quiz_share=50))
    quizzes = [QuizFactory(policy=PolicyFactory(points=6), bank=3) for _ in range(2)]
    action = restrict(seller, quizzes, now=NOW)
    attempt = start_milestone_attempt(action=action, seller=seller, user=member_of(seller), now=NOW)
    answer_all(attempt)
    submit_attempt(attempt=attempt, user=attempt.user, now=NOW)

    for quiz in quizzes:
        assert (question_figures(quiz, as_of=NOW), quiz_figures(quiz, as_of=NOW).attempts) == ([], 0)
        again = {one.after: one.sellers for one in breached_again(quiz, as_of=LATER)}
        assert (again[QuizAfterBreach.PASS], again[QuizAfterBreach.NONE]) == (0, 1)


def test_quiz_figures_say_at_which_try_sellers_pass(quiz):
    first, second, never = (seller_of(quiz) for _ in range(3))
    take(first, quiz)
    take(second, quiz, right=1)
    take(second, quiz)
    take(never, quiz, right=0)

    found = quiz_figures(quiz, as_of=NOW)

    assert (found.attempts, found.passed, found.sellers) == (4, 2, 3)
    assert list(found.passed_at) == [(1, 1), (2, 1)]


def test_breached_again_counts_each_seller_once_and_only_after_90_days(quiz):
    passed, failed, without, voided = (seller_of(quiz) for _ in range(4))
    take(passed, quiz)
    take(failed, quiz, right=0)
    for seller in (failed, voided):
        issue(seller, quiz.policy, issued_at=NOW + MONTH, now=NOW + MONTH)
    void_violation(violation=voided.violations.latest("pk"), reason="Wrong.", voided_by=None, now=NOW + MONTH)
    issue(without, quiz.policy, issued_at=NOW + timedelta(days=91), now=NOW + timedelta(days=91))

    found = {one.after: (one.sellers, one.again) for one in breached_again(quiz, as_of=NOW + timedelta(days=90))}
    assert found[QuizAfterBreach.PASS] == (1, 0)
    assert found[QuizAfterBreach.FAIL] == (1, 1)
    assert found[QuizAfterBreach.NONE] == (2, 0)
    assert {one.sellers for one in breached_again(quiz, as_of=NOW + timedelta(days=70))} == {0}


def test_page_says_what_it_knows_and_gives_a_file(client, settings, quiz):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    url = reverse("admin:quizzes_quiz_statistics", args=[quiz.pk])

    assert "Nobody has submitted an attempt yet." in client.get(url).text
    take(seller_of(quiz), quiz)
    page = client.get(url).text
    assert (
        "Attempts: 1, by sellers: 1. Passed: 100\u00a0% (95 times in a hundred the true share is 21\u00a0% to" in page
    )
    assert "This is a correlation" in page
    lines = client.get(url, {"format": "csv"}).getvalue().decode().splitlines()
    assert len(lines) == 4
    assert lines[0].endswith(
        "question,text,answers,right,facility,discrimination,median_seconds,exposure,flags,choices"
    )
    assert lines[1].count(" wrong ") == 3


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_the_same_queries_for_any_number(client, settings, rows, django_assert_num_queries):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    quiz = QuizFactory(bank=3)
    for _ in range(rows):
        take(seller_of(quiz), quiz)
    url = reverse("admin:quizzes_quiz_statistics", args=[Quiz.objects.get().pk])
    with django_assert_num_queries(12):
        client.get(url)

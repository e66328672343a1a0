"""Attacks on what the database holds, with SQL where the ORM would be in the way."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from quizzes.models import Attempt, Choice
from quizzes.rules import folded
from tests.factories import (
    NOW,
    ArticleFactory,
    ArticleSectionFactory,
    QuestionFactory,
    QuizFactory,
    SellerFactory,
    issue,
)
from tests.quizzes.helpers import (
    answer_all,
    approve_pass_points,
    start,
    take,
)
from tests.threads import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def violation(db):
    return issue(SellerFactory(), QuizFactory().policy)


@pytest.fixture
def quiz(violation):
    return violation.policy.quiz


@pytest.fixture
def open_attempt(violation, quiz):
    return start(violation.seller, quiz)


def execute(sql, *params):
    """Run a statement, and then check what is put off until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refuses(constraint, sql, *params):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        execute(sql, *params)
    assert refused.value.__cause__.diag.constraint_name == constraint


def set_(attempt, **columns):
    """An UPDATE of an attempt and its parameters."""
    assignments = ", ".join(f"{column} = %s" for column in columns)
    return f"UPDATE quizzes_attempt SET {assignments} WHERE id = %s", *columns.values(), attempt.pk


COPY = """
    INSERT INTO quizzes_attempt (quiz_id, seller_id, user_id, month, ordinal, started_at, ends_at, unrewarded)
    SELECT quiz_id, seller_id, user_id, month, %s, started_at, ends_at, '' FROM quizzes_attempt WHERE id = %s
"""


def test_attempt_is_the_only_open_one_of_its_quiz(open_attempt):
    refuses("attempt_one_open_per_quiz", COPY, 2, open_attempt.pk)


def test_attempt_ordinal_is_unique_in_its_month(violation, quiz):
    attempt = take(violation.seller, quiz)

    refuses("attempt_ordinal_unique_in_month", COPY, 1, attempt.pk)


def test_attempt_ordinal_starts_at_one(open_attempt):
    refuses("attempt_ordinal_positive", *set_(open_attempt, ordinal=0))


def test_attempt_is_never_above_the_limit(violation, quiz):
    attempt = take(violation.seller, quiz)

    refuses("attempt_within_limit", COPY, 4, attempt.pk)


def test_attempt_limit_can_be_lowered_below_what_was_used(violation, quiz):
    for _ in range(2):
        take(violation.seller, quiz, right=0)

    quiz.attempts_per_month = 1
    quiz.save()

    assert Attempt.objects.filter(quiz=quiz).count() == 2


def test_quiz_asks_at_least_one_question_for_at_least_one_point(quiz):
    refuses("quiz_asks_something", "UPDATE quizzes_quiz SET questions_per_attempt = 0")
    refuses("quiz_pass_points_positive", "UPDATE quizzes_quiz SET pass_points = 0")


def test_attempt_is_about_a_violation_of_its_seller(open_attempt):
    other = issue(SellerFactory(market=open_attempt.seller.market), open_attempt.quiz.policy)

    refuses("attempt_violation_is_the_sellers", *set_(open_attempt, violation_id=other.pk))


@pytest.mark.parametrize(
    "columns",
    [
        {"passed": True},
        {"passed": False, "right_answers": 0},
        {"right_answers": 3},
        {"submitted_at": NOW},
        {"submitted_at": NOW, "passed": False},
        {"submitted_at": NOW - timedelta(seconds=1), "passed": False, "right_answers": 2},
    ],
)
def test_attempt_is_graded_when_submitted_and_only_then(open_attempt, columns):
    with_reason = {"unrewarded": "limit"} if columns.get("passed") else {}

    refuses("attempt_submitted_is_graded", *set_(open_attempt, **columns, **with_reason))


@pytest.mark.parametrize(
    "columns",
    [
        {"reward_month": None},
        {"reward_ordinal": None},
        {"reward_ordinal": 0},
        {"passed": False},
    ],
)
def test_attempt_reward_is_whole(violation, quiz, columns):
    attempt = take(violation.seller, quiz)
    row = {"passed": True, "reward_month": attempt.reward_month, "reward_ordinal": 1} | columns
    values = (attempt.credit_id, row["passed"], row["reward_month"], row["reward_ordinal"], attempt.pk)

    with connection.cursor() as cursor:  # A graded attempt cannot be changed, so the attack inserts a new one.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE quizzes_attempt SET credit_id = NULL, reward_month = NULL, reward_ordinal = NULL, "
                       "unrewarded = 'limit' WHERE id = %s", [attempt.pk])  # fmt: skip
        cursor.execute("SET LOCAL session_replication_role = origin")
    refuses(
        "attempt_reward_is_whole",
        """
        INSERT INTO quizzes_attempt (quiz_id, seller_id, user_id, month, ordinal, started_at, ends_at, submitted_at,
                                     right_answers, unrewarded, credit_id, passed, reward_month, reward_ordinal)
        SELECT quiz_id, seller_id, user_id, month, 2, started_at, ends_at, submitted_at, 3, '', %s, %s, %s, %s
        FROM quizzes_attempt WHERE id = %s
        """,
        *values,
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"passed": True, "unrewarded": ""},
        {"passed": True, "unrewarded": "because"},
        {"passed": False, "unrewarded": "limit"},
    ],
)
def test_attempt_passed_is_rewarded_or_says_why(open_attempt, columns):
    refuses("attempt_pass_is_rewarded_or_says_why", *set_(open_attempt, submitted_at=NOW, right_answers=3, **columns))


def test_attempt_still_open_has_no_reason_why_it_was_not_rewarded(open_attempt):
    refuses("attempt_pass_is_rewarded_or_says_why", *set_(open_attempt, unrewarded="limit"))


def rewarded(open_attempt, ordinal):
    """An UPDATE that grades an open attempt and rewards it with some entry."""
    entry = open_attempt.seller.entries.latest("id")
    return set_(
        open_attempt, submitted_at=NOW, passed=True, right_answers=3, credit_id=entry.pk,
        reward_month="2026-11-01", reward_ordinal=ordinal,
    )  # fmt: skip


def test_attempt_reward_is_never_above_the_limit(open_attempt):
    refuses("attempt_reward_within_limit", *rewarded(open_attempt, 4))


def test_attempt_reward_ordinal_is_unique_in_its_month(open_attempt):
    other = QuizFactory()
    issue(open_attempt.seller, other.policy)
    take(open_attempt.seller, other)
    issue(open_attempt.seller, other.policy)

    refuses("attempt_reward_unique_in_month", *rewarded(open_attempt, 1))


def test_attempt_credit_is_used_once(open_attempt):
    other = QuizFactory()
    issue(open_attempt.seller, other.policy)
    take(open_attempt.seller, other)

    refuses("quizzes_attempt_credit_id_key", *rewarded(open_attempt, 2))


def test_attempt_submitted_stays_as_it_is(violation, quiz):
    attempt = take(violation.seller, quiz, right=2)

    refuses("attempt_graded_stays", *set_(attempt, right_answers=3))
    refuses("attempt_graded_stays", "DELETE FROM quizzes_attempt WHERE id = %s", attempt.pk)


def test_answers_of_a_submitted_attempt_stay_as_they_are(violation, quiz, open_attempt):
    answer_all(open_attempt)
    attempt = take(violation.seller, quiz, right=2)
    asked = attempt.questions.get(position=3)
    other = quiz.questions.exclude(asked__attempt=attempt).first()

    refuses(
        "attempt_graded_answer_stays", "UPDATE quizzes_attemptquestion SET chosen = right_ids WHERE id = %s", asked.pk
    )
    refuses("attempt_graded_answer_stays", "DELETE FROM quizzes_attemptquestion WHERE id = %s", asked.pk)
    refuses(
        "attempt_graded_answer_stays",
        "INSERT INTO quizzes_attemptquestion (attempt_id, question_id, position, text, scene, explanation, choice_ids, "
        "choice_texts, right_ids, chosen) VALUES (%s, %s, 4, '', '', '', '{1,2}', '{a,b}', '{1}', '{}')",
        attempt.pk, other.pk,
    )  # fmt: skip


def test_answer_is_made_of_choices_that_were_shown_and_dated(open_attempt):
    asked = open_attempt.questions.get(position=1)
    foreign = open_attempt.questions.get(position=2).choice_ids[0]
    sql = "UPDATE quizzes_attemptquestion SET chosen = %s, answered_at = %s WHERE id = %s"

    refuses("attempt_question_chosen_is_shown", sql, [asked.choice_ids[0], foreign], NOW, asked.pk)
    refuses("attempt_question_answer_is_dated", sql, asked.right_ids, None, asked.pk)
    refuses("attempt_question_answer_is_dated", sql, [], NOW, asked.pk)


DRAWN = """
    INSERT INTO quizzes_attemptquestion (attempt_id, question_id, position, text, scene, explanation, pictures,
        choice_ids, choice_texts, right_ids, chosen)
    SELECT attempt_id, question_id, position, text, scene, explanation, pictures, choice_ids, choice_texts, right_ids,
        chosen
    FROM (SELECT (jsonb_populate_record(one, %s::jsonb)).* FROM quizzes_attemptquestion one WHERE id = %s) AS changed
"""


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"question_id": 0}, "attempt_question_position_unique"),
        ({"position": 4}, "attempt_question_drawn_once"),
        ({"choice_ids": [1], "choice_texts": ["a"], "right_ids": [1]}, "attempt_question_choices_have_texts"),
        ({"choice_texts": ["a", "b"]}, "attempt_question_choices_have_texts"),
        ({"right_ids": []}, "attempt_question_right_is_shown"),
        ({"right_ids": [0]}, "attempt_question_right_is_shown"),
    ],
)
def test_question_is_drawn_once_and_whole(open_attempt, columns, constraint):
    refuses(constraint, DRAWN, json.dumps(columns), open_attempt.questions.get(position=1).pk)


DRAWN_WORDS = [
    "position = 4", "text = 'Other'", "scene = 'Other'", "explanation = 'Other'", "choice_texts = '{a,b,c,d}'",
    "choice_ids = choice_ids[2:] || choice_ids[1:1]", "right_ids = choice_ids",
]  # fmt: skip


def test_question_stays_as_it_was_drawn(open_attempt):
    asked = open_attempt.questions.first()
    for change in DRAWN_WORDS:
        refuses("attempt_drawn_question_stays", f"UPDATE quizzes_attemptquestion SET {change} WHERE id = %s", asked.pk)


def test_question_drawn_forgets_its_section_only_when_it_is_deleted(violation, quiz):
    section, other = (ArticleSectionFactory(article=article) for article in [ArticleFactory(policy=quiz.policy)] * 2)
    quiz.questions.update(section=section)
    asked = take(violation.seller, quiz).questions.first()

    refuses(
        "attempt_drawn_question_stays",
        "UPDATE quizzes_attemptquestion SET section_id = %s WHERE id = %s",
        other.pk,
        asked.pk,
    )
    section.delete()

    asked.refresh_from_db()
    assert asked.section is None


@pytest.mark.parametrize(
    "text", ["Choice 1", " choice  1 ", "CHOICE 1", "Choice\u00a01", "Cho\u200bice\t1", "Ｃhoice 1", "choice\u20281"]
)
def test_choices_of_a_question_never_read_the_same(text):
    question = QuestionFactory(state="draft")
    sql = "INSERT INTO quizzes_choice (question_id, text, is_right) VALUES (%s, %s, false)"
    refuses("choice_reads_unlike_others", sql, question.pk, text)
    refuses(
        "choice_reads_unlike_others",
        "UPDATE quizzes_choice SET text = %s WHERE id = %s",
        text,
        question.choices.get(text="Choice 2").pk,
    )
    assert folded(text) == "choice 1"


def test_choices_of_a_question_can_swap_their_texts():
    first, second = QuestionFactory(state="draft").choices.order_by("pk")[:2]
    with transaction.atomic():
        Choice.objects.filter(pk=first.pk).update(text=second.text)
        Choice.objects.filter(pk=second.pk).update(text=first.text)
        execute("SELECT 1")


def test_quiz_pass_removes_no_more_than_the_policy_gives(quiz):
    approve_pass_points(quiz, 9)
    execute("UPDATE quizzes_quiz SET pass_points = 2 WHERE id = %s", quiz.pk)
    refuses("quiz_pass_points_within_policy", "UPDATE quizzes_quiz SET pass_points = 3 WHERE id = %s", quiz.pk)


def test_question_names_a_section_of_its_own_policy(quiz):
    own = ArticleSectionFactory(article=ArticleFactory(policy=quiz.policy))
    other = ArticleSectionFactory()
    question = quiz.questions.first()
    sql = "UPDATE quizzes_question SET section_id = %s WHERE id = %s"
    execute(sql, own.pk, question.pk)
    refuses("question_section_is_of_its_policy", sql, other.pk, question.pk)


def test_open_attempt_can_be_given_up_by_staff(open_attempt):
    open_attempt.delete()

    assert not Attempt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_equal_choices_written_at_once_are_one():
    question = QuestionFactory(state="draft")

    written = together(4, lambda _: Choice.objects.create(question=question, text="The same"))

    assert sum(isinstance(one, IntegrityError) for one in written) == 3
    assert question.choices.filter(text="The same").count() == 1

"""The figures, each found by one statement over all answers of a quiz.

An attempt that was left counts from the end of its time, whether anybody noted it or not. Milestone quizzes ask across
policies, so they are in no figure of one quiz.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from ..models import Question, Quiz
from ..rules import FOLLOWED_FOR
from .rules import BreachedAgain, ChoiceFigures, QuestionFigures, QuizAfterBreach, QuizFigures

RECENT = timedelta(days=28)

# An answer is right if it has all right choices and no other. The time of an answer is what passed since the one before
# in its attempt, or since the start. What a seller knows else is the share of right answers among their others.
QUESTIONS = """
    WITH answers AS (
        SELECT asked.question_id, asked.over_at, asked.is_right,
            EXTRACT(epoch FROM asked.answered_at - asked.since) AS took,
            sum(asked.is_right) OVER of_seller AS right_of_seller, count(*) OVER of_seller AS answers_of_seller
        FROM (
            SELECT attempt.seller_id, one.question_id, one.answered_at,
                coalesce(attempt.submitted_at, attempt.ends_at) AS over_at,
                (one.chosen @> one.right_ids AND one.chosen <@ one.right_ids)::int AS is_right,
                coalesce(lag(one.answered_at) OVER (PARTITION BY one.attempt_id ORDER BY one.answered_at),
                    attempt.started_at) AS since
            FROM quizzes_attemptquestion one JOIN quizzes_attempt attempt ON attempt.id = one.attempt_id
            WHERE (attempt.ends_at <= %(at)s OR attempt.submitted_at <= %(at)s) AND attempt.action_id IS NULL
                AND attempt.quiz_id = %(quiz)s AND one.answered_at IS NOT NULL
        ) asked
        WINDOW of_seller AS (PARTITION BY asked.seller_id)
    )
    SELECT question_id, count(*), sum(is_right),
        count(*) FILTER (WHERE over_at >= %(recent)s),
        coalesce(sum(is_right) FILTER (WHERE over_at >= %(recent)s), 0),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY took),
        corr(is_right, (right_of_seller - is_right)::float / nullif(answers_of_seller - 1, 0))
    FROM answers GROUP BY question_id
"""

# Answers that chose the same are counted before they are taken apart.
CHOICES = """
    SELECT question_id, choice, sum(answers) FROM (
        SELECT one.question_id, one.chosen, count(*) AS answers
        FROM quizzes_attemptquestion one JOIN quizzes_attempt attempt ON attempt.id = one.attempt_id
        WHERE (attempt.ends_at <= %(at)s OR attempt.submitted_at <= %(at)s) AND attempt.action_id IS NULL
            AND attempt.quiz_id = %(quiz)s
        GROUP BY 1, 2
    ) alike, unnest(chosen) choice GROUP BY 1, 2
"""

# Attempts by how many of some moments (sorted) were past when they were started.
STARTED = """
    SELECT width_bucket(started_at, %(moments)s::timestamptz[]), count(*) FROM quizzes_attempt
    WHERE quiz_id = %(quiz)s AND action_id IS NULL AND (ends_at <= %(at)s OR submitted_at <= %(at)s) GROUP BY 1
"""

# Sellers by the try at which they passed first (none for those who did not): how many, their attempts and passes.
TRIES = """
    SELECT first, count(*), sum(attempts), sum(passes) FROM (
        SELECT min(nth) FILTER (WHERE passed) AS first, count(*) AS attempts, count(*) FILTER (WHERE passed) AS passes
        FROM (
            SELECT seller_id, passed,
                row_number() OVER (PARTITION BY seller_id ORDER BY coalesce(submitted_at, ends_at), id) AS nth
            FROM quizzes_attempt
            WHERE quiz_id = %(quiz)s AND action_id IS NULL AND (ends_at <= %(at)s OR submitted_at <= %(at)s)
        ) tries GROUP BY seller_id
    ) sellers GROUP BY first ORDER BY first
"""

# Each seller counts once: from their first pass, else their first fail, else their first violation of the policy. Only
# those who were followed for 90 days count.
AGAIN = """
    WITH breaches AS (
        SELECT violation.seller_id, violation.issued_at FROM violations_violation violation
        JOIN policies_policyversion version ON version.id = violation.policy_version_id
        WHERE version.policy_id = %(policy)s AND violation.voided_at IS NULL AND violation.issued_at <= %(at)s
    ), taken AS (
        SELECT seller_id, min(submitted_at) FILTER (WHERE passed) AS passed_at,
            min(coalesce(submitted_at, ends_at)) AS tried_at
        FROM quizzes_attempt
        WHERE quiz_id = %(quiz)s AND action_id IS NULL AND (ends_at <= %(at)s OR submitted_at <= %(at)s)
        GROUP BY seller_id
    ), sellers AS (
        SELECT first.seller_id, coalesce(taken.passed_at, taken.tried_at, first.issued_at) AS since,
            CASE WHEN taken.passed_at IS NOT NULL THEN 'pass' WHEN taken.tried_at IS NOT NULL THEN 'fail'
                ELSE 'none' END AS after
        FROM (SELECT seller_id, min(issued_at) AS issued_at FROM breaches GROUP BY seller_id) first
        LEFT JOIN taken USING (seller_id)
    )
    SELECT after, count(*), count(*) FILTER (WHERE breached_again) FROM (
        SELECT after, bool_or(breaches.issued_at > since AND breaches.issued_at <= since + %(followed)s)
            AS breached_again
        FROM sellers JOIN breaches USING (seller_id) WHERE since + %(followed)s <= %(at)s GROUP BY seller_id, after
    ) followed GROUP BY after
"""


def _rows(sql: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def question_figures(quiz: Quiz, *, as_of: datetime) -> list[QuestionFigures]:
    """How each question of a quiz fared that somebody answered; the flagged first (5 queries)."""
    params = {"quiz": quiz.pk, "at": as_of}
    rows = _rows(QUESTIONS, recent=as_of - RECENT, **params)
    chosen: dict[int, dict[int, int]] = defaultdict(dict)
    for question_id, choice_id, count in _rows(CHOICES, **params):
        chosen[question_id][choice_id] = int(count)
    questions = Question.objects.prefetch_related("choices").in_bulk([row[0] for row in rows])
    drawn_of = _could_draw(questions.values(), **params)
    found = [_figures(questions[row[0]], row, chosen[row[0]], drawn_of=drawn_of[row[0]]) for row in rows]
    return sorted(found, key=lambda one: (not one.flags, one.pk))


def _could_draw(questions: Collection[Question], **params: Any) -> dict[int, int]:
    """By question, how many attempts were started while it was in use (1 query)."""
    moments = sorted({moment for one in questions for moment in (one.published_at, one.retired_at) if moment})
    past = {moment: number for number, moment in enumerate(moments)} | {None: len(moments)}
    started = dict(_rows(STARTED, moments=moments, **params))
    return {
        one.pk: sum(
            count for number, count in started.items() if past[one.published_at] < number <= past[one.retired_at]
        )
        for one in questions
    }


def _figures(question: Question, row: tuple[Any, ...], chosen: dict[int, int], *, drawn_of: int) -> QuestionFigures:
    pk, answers, right, recent, recent_right, median, discrimination = row
    choices = [ChoiceFigures(one.text, one.is_right, chosen.get(one.pk, 0), answers) for one in question.choices.all()]
    return QuestionFigures(
        pk, question.text, answers, right, recent, recent_right, drawn_of,
        None if median is None else float(median), discrimination, choices,
    )  # fmt: skip


def quiz_figures(quiz: Quiz, *, as_of: datetime) -> QuizFigures:
    """How the attempts at a quiz ended (1 query)."""
    rows = [[first, *map(int, counts)] for first, *counts in _rows(TRIES, quiz=quiz.pk, at=as_of)]
    return QuizFigures(
        attempts=sum(attempts for _, _, attempts, _ in rows),
        passed=sum(passes for *_, passes in rows),
        sellers=sum(sellers for _, sellers, *_ in rows),
        passed_at=[(first, sellers) for first, sellers, *_ in rows if first is not None],
    )


def breached_again(quiz: Quiz, *, as_of: datetime) -> list[BreachedAgain]:
    """How many breached the policy again in 90 days: after a pass, after a fail, and without the quiz (1 query)."""
    rows = _rows(AGAIN, quiz=quiz.pk, policy=quiz.policy_id, at=as_of, followed=FOLLOWED_FOR)
    found = {after: (sellers, again) for after, sellers, again in rows}
    return [BreachedAgain(after, *found.get(after.value, (0, 0))) for after in QuizAfterBreach]

"""The figures of a million attempts, beside one aggregate over the same rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.utils import timezone

from .frame import Row, alternating, seconds

ATTEMPTS = int(os.environ.get("BENCH_QUIZ_ATTEMPTS", "1000000"))
SELLERS = ATTEMPTS // 10

# Copies of one attempt, by other sellers and at other times, a third of them with a wrong answer, and of one violation:
# two for each seller, before and after the attempts. Triggers and foreign keys stand aside while the rows are made.
COPY = """
    SET session_replication_role = replica;
    INSERT INTO quizzes_attempt SELECT (jsonb_populate_record(one, jsonb_build_object(
            'id', 1000 + n, 'seller_id', 1000 + n %% {sellers}, 'ordinal', 1 + n / {sellers}, 'credit_id', NULL,
            'started_at', one.started_at - make_interval(days => 100 * (n %% 2)),
            'submitted_at', one.submitted_at - make_interval(days => 100 * (n %% 2)),
            'ends_at', one.ends_at - make_interval(days => 100 * (n %% 2)),
            'reward_month', NULL, 'reward_ordinal', NULL, 'passed', n %% 3 > 0, 'right_answers', 2 + (n %% 3 > 0)::int,
            'unrewarded', CASE WHEN n %% 3 > 0 THEN 'nothing' ELSE '' END))).*
        FROM quizzes_attempt one, generate_series(1, {attempts}) n WHERE one.id = %s;
    INSERT INTO quizzes_attemptquestion SELECT (jsonb_populate_record(one, jsonb_build_object(
            'id', 10000 + 3 * n + one.position, 'attempt_id', 1000 + n,
            'answered_at', one.answered_at + one.position * make_interval(secs => 5 + n %% 40),
            'chosen', CASE WHEN n %% 3 = 0 AND one.position = 1 + n %% 2 THEN ARRAY[one.choice_ids[1 + n %% 4]]
                ELSE one.right_ids END))).*
        FROM quizzes_attemptquestion one, generate_series(1, {attempts}) n WHERE one.attempt_id = %s;
    INSERT INTO violations_violation SELECT (jsonb_populate_record(one, jsonb_build_object(
            'id', 1000 + n, 'seller_id', 1000 + n %% {sellers}, 'external_id', 'bench-' || n,
            'issued_at', one.issued_at - make_interval(days => 60 + 60 * (n / {sellers}))))).*
        FROM violations_violation one, generate_series(0, 2 * {sellers} - 1) n WHERE one.id = %s;
    SET session_replication_role = origin;
    ANALYZE quizzes_attempt, quizzes_attemptquestion, violations_violation;
"""
FLOOR = """
    SELECT one.question_id, count(*), sum(cardinality(one.chosen)) FROM quizzes_attemptquestion one
    JOIN quizzes_attempt attempt ON attempt.id = one.attempt_id WHERE attempt.submitted_at IS NOT NULL GROUP BY 1
"""


def measure() -> Iterator[Row]:
    quiz = _attempts()
    from quizzes.statistics.selectors import breached_again, question_figures, quiz_figures

    now = timezone.now()

    def figures(_: int) -> float:
        def work() -> None:
            question_figures(quiz, as_of=now)
            quiz_figures(quiz, as_of=now)
            breached_again(quiz, as_of=now)

        return seconds(work)

    value, floor = alternating(figures, lambda _: seconds(lambda: _execute(FLOOR)), rounds=3)
    yield Row.of("quiz_statistics.page", value=value, floor=floor, goal=20.0)
    yield Row.of("quiz_statistics.of_ten_seconds", value=value, floor=10.0, goal=1.0)


def _attempts() -> Any:
    from tests.factories import QuizFactory, SellerFactory, issue
    from tests.quizzes.helpers import take

    quiz, now = QuizFactory(bank=3), timezone.now()
    seller = SellerFactory()
    violation = issue(seller, quiz.policy, now=now)
    attempt = take(seller, quiz, now=now)
    _execute(COPY.format(attempts=ATTEMPTS, sellers=SELLERS), attempt.pk, attempt.pk, violation.pk)
    return quiz


def _execute(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)

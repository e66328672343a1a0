"""How many attempts at quizzes are submitted a second by many at once: by the service, and over HTTP.

Each client submits for sellers of its own, so none waits for another's lock; threads share one interpreter, which is
what a submission spends its time in and the floor does not (docs/bench.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from threading import Barrier

from django.conf import settings
from django.db import connection
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client

from accounts.models import User
from kit.dates import month_start
from quizzes.models import Attempt, AttemptQuestion, Choice, Question, Quiz
from quizzes.services import submit_attempt
from sellers.models import Market, Member, Seller
from tests.factories import MarketFactory, PolicyFactory, QuizFactory
from violations.services import ViolationDraft, issue_violations

from .frame import ROUNDS, Row, alternating, seconds
from .marketplace import NOW
from .pages import PRODUCTION_COOKIE
from .web import ask, portal

CLIENTS = 50
SUBMISSIONS = int(os.environ.get("BENCH_QUIZ_SUBMISSIONS", 500))
"""How many of each round, at least one a client."""


def measure() -> Iterator[Row]:
    market = MarketFactory(books_closed_until=NOW - timedelta(days=100))
    quiz = QuizFactory(policy=PolicyFactory(points=8))
    rounds = [Round.of(market, quiz, number) for number in range(2 * (ROUNDS + 1))]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    yield measure_service(rounds[: ROUNDS + 1])
    yield measure_http(rounds[ROUNDS + 1 :])


@dataclass(frozen=True)
class Round:
    """Attempts of as many sellers, each answered rightly and ready to be submitted."""

    attempts: Sequence[Attempt]

    @classmethod
    def of(cls, market: Market, quiz: Quiz, number: int) -> Round:
        named = [f"{number}-{n}" for n in range(SUBMISSIONS)]
        sellers = Seller.objects.bulk_create(
            Seller(market=market, external_id=name, name=name, created_at=NOW - timedelta(days=50)) for name in named
        )
        people = User.objects.bulk_create(User(email=f"{name}@example.com", password="!") for name in named)
        Member.objects.bulk_create(
            Member(seller=seller, user=user, role="owner") for seller, user in zip(sellers, people, strict=True)
        )
        drafts = [_draft(f"{number}-{n}", seller.external_id, quiz) for n, seller in enumerate(sellers)]
        issue_violations(market=market, drafts=drafts, source="bench", now=NOW)
        month = month_start(NOW, zone=market.zone)
        attempts = [
            Attempt(
                quiz=quiz, seller=seller, user=user, month=month, ordinal=1, started_at=NOW,
                ends_at=NOW + timedelta(days=1),
            )
            for seller, user in zip(sellers, people, strict=True)
        ]  # fmt: skip
        attempts = Attempt.objects.bulk_create(attempts)
        _answer(attempts, quiz.questions.prefetch_related("choices")[:3])
        return cls(attempts)


def _draft(external_id: str, seller: str, quiz: Quiz) -> ViolationDraft:
    return ViolationDraft(
        external_id=external_id,
        seller_external_id=seller,
        policy_code=quiz.policy.code,
        issued_at=NOW,
        facts="It was.",
        detection="staff",
        automated=False,
    )


def _answer(attempts: Sequence[Attempt], questions: Sequence[Question]) -> None:
    AttemptQuestion.objects.bulk_create(
        _answered(attempt, question, position, list(question.choices.all()))
        for attempt in attempts
        for position, question in enumerate(questions, start=1)
    )


def _answered(attempt: Attempt, question: Question, position: int, choices: Sequence[Choice]) -> AttemptQuestion:
    right = [choice.pk for choice in choices if choice.is_right]
    return AttemptQuestion(
        attempt=attempt, question=question, position=position, text=question.text, explanation=question.explanation,
        choice_ids=[choice.pk for choice in choices], choice_texts=[choice.text for choice in choices],
        right_ids=right, chosen=right, answered_at=NOW,
    )  # fmt: skip


def by_many(pool: Executor, work: Callable[[int], object]) -> float:
    """How long the calls of a round take that the threads of a pool share, each with a connection that is kept."""
    start = Barrier(CLIENTS + 1, timeout=60)

    def share(first: int) -> None:
        connection.ensure_connection()
        start.wait()
        for number in range(first, SUBMISSIONS, CLIENTS):
            work(number)

    shares = [pool.submit(share, first) for first in range(CLIENTS)]
    start.wait()
    return seconds(lambda: [one.result() for one in shares])


@contextmanager
def clients() -> Iterator[Executor]:
    """A thread for each client. The first round, which is not counted, warms their connections up."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        yield pool
        everybody = Barrier(CLIENTS, timeout=60)
        list(pool.map(lambda _: (everybody.wait(), connection.close()), range(CLIENTS)))


# --- The service, beside commits of one row


def measure_service(rounds: Sequence[Round]) -> Row:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number bigint)")

    def by_service(number: int) -> float:
        attempts = rounds[number].attempts
        return by_many(pool, lambda n: submit_attempt(attempt=attempts[n], user=attempts[n].user, now=NOW))

    def by_row(number: int) -> float:
        return by_many(pool, _insert)

    with clients() as pool:
        service, row = alternating(by_service, by_row)
    if not all(Attempt.objects.filter(pk__in=[a.pk for a in rounds[0].attempts]).values_list("passed", flat=True)):
        raise RuntimeError("Not all attempts were passed.")
    return Row.of("quizzes.submissions", value=service, floor=row, goal=2.5)


def _insert(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_row (number) VALUES (%s)", [number])


# --- Over HTTP, beside an empty form


def measure_http(rounds: Sequence[Round]) -> Row:
    with portal("tests.bench.pages_wsgi") as port, clients() as pool:

        def by_quiz(number: int) -> float:
            attempts = rounds[number].attempts
            return _post(pool, port, attempts, lambda n: attempts[n].get_absolute_url())

        def by_empty(number: int) -> float:
            attempts = rounds[number].attempts
            return _post(pool, port, attempts, lambda n: f"/empty/?seller={attempts[n].seller_id}")

        quiz, empty = alternating(by_quiz, by_empty)
    if Attempt.objects.filter(pk__in=[a.pk for a in rounds[0].attempts], submitted_at=None).exists():
        raise RuntimeError("Not all attempts were submitted.")
    return Row.of("quizzes.http", value=quiz, floor=empty, goal=4)


def _post(pool: Executor, port: int, attempts: Sequence[Attempt], address: Callable[[int], str]) -> float:
    headers = [_signed_in(attempt) for attempt in attempts]

    def send(number: int) -> None:
        with closing(HTTPConnection("127.0.0.1", port)) as http:
            status, _ = ask(http, address(number), method="POST", headers=headers[number])
        if status not in {200, 302}:
            raise RuntimeError(f"{address(number)} answered {status}.")

    return by_many(pool, send)


def _signed_in(attempt: Attempt) -> dict[str, str]:
    """The headers of a browser of the attempt's person, with the token of its forms."""
    client, token = Client(), _get_new_csrf_string()
    client.force_login(attempt.user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = f"{PRODUCTION_COOKIE}={session}; __Host-csrftoken={token}"
    return {"Cookie": cookies, "X-CSRFToken": token, "Referer": "https://portal.example/", "Content-Length": "0"}

"""Taking a quiz, as tests need it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import TypeVar

from django.db import connection

from accounts.models import User
from quizzes.models import Attempt, Quiz
from quizzes.services import answer_question, start_attempt, submit_attempt
from sellers.models import Seller
from tests.factories import NOW, MemberFactory
from violations.models import Violation

T = TypeVar("T")


def member_of(seller: Seller) -> User:
    """Somebody who may act for the seller: the first one, or a new one."""
    member = seller.members.first() or MemberFactory(seller=seller)
    return member.user


def answer_all(attempt: Attempt, *, right: int | None = None) -> None:
    """Answer every question, the first ``right`` of them rightly (all by default)."""
    for asked in attempt.questions.order_by("position"):
        is_right = right is None or asked.position <= right
        choice = asked.question.choices.filter(is_right=is_right).first()
        answer_question(attempt=attempt, user=attempt.user, position=asked.position, choice_id=choice.pk)


def start(seller: Seller, quiz: Quiz, *, now: datetime = NOW, violation: Violation | None = None) -> Attempt:
    return start_attempt(quiz=quiz, seller=seller, user=member_of(seller), violation=violation, now=now)


def take(
    seller: Seller, quiz: Quiz, *, right: int | None = None, now: datetime = NOW, violation: Violation | None = None
) -> Attempt:
    """Start, answer and submit."""
    attempt = start(seller, quiz, now=now, violation=violation)
    answer_all(attempt, right=right)
    return submit_attempt(attempt=attempt, user=attempt.user, now=now)


def left(violation: Violation, *, at: datetime = NOW) -> int:
    """The points of the violation that count."""
    return violation.entries.counting(as_of=at).total()


def together(count: int, call: Callable[[int], T]) -> list[T | Exception]:
    """Run a call in so many threads at once, each with a connection of its own; errors are answers too."""
    barrier = Barrier(count)

    def run(number: int) -> T | Exception:
        try:
            barrier.wait()
            return call(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))

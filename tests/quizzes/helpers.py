"""Taking a quiz, as tests need it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from django.db import connection

from accounts.models import User
from quizzes.models import Attempt, AttemptQuestion, PassPointsProposal, Quiz
from quizzes.services import answer_question, start_attempt, submit_attempt
from sellers.models import Seller
from tests.factories import NOW, MemberFactory, UserFactory
from violations.models import Violation

T = TypeVar("T")


def member_of(seller: Seller) -> User:
    """Somebody who may act for the seller: the first one, or a new one."""
    member = seller.members.first() or MemberFactory(seller=seller)
    return member.user


def wrong_choice(asked: AttemptQuestion) -> int:
    """One that is not right."""
    return next(pk for pk in asked.choice_ids if pk not in asked.right_ids)


def places(asked: AttemptQuestion, choices: Iterable[int]) -> list[int]:
    """Where some choices of a question stand: what pages send."""
    return [asked.choice_ids.index(pk) + 1 for pk in choices]


def several_right(attempt: Attempt) -> None:
    """Let each question of an attempt have been drawn with two right choices."""
    draw_otherwise(attempt, "right_ids = choice_ids[1:2]")


def draw_otherwise(attempt: Attempt, assignments: str, *values: object) -> None:
    """Let the questions of an attempt have been drawn with other words than those of the bank."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE quizzes_attemptquestion SET {assignments} WHERE attempt_id = %s", [*values, attempt.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


def answer(attempt: Attempt, position: int, *choices: int, now: datetime | None = None) -> AttemptQuestion:
    """Answer one question, rightly unless choices are named."""
    chosen = choices or attempt.questions.get(position=position).right_ids
    now = now or attempt.started_at
    return answer_question(attempt=attempt, user=attempt.user, position=position, choices=chosen, now=now)


def answer_all(attempt: Attempt, *, right: int | None = None, now: datetime | None = None) -> None:
    """Answer every question, the first ``right`` of them rightly (all by default)."""
    for asked in attempt.questions.order_by("position"):
        is_right = right is None or asked.position <= right
        answer(attempt, asked.position, *(asked.right_ids if is_right else [wrong_choice(asked)]), now=now)


def start(seller: Seller, quiz: Quiz, *, now: datetime = NOW, violation: Violation | None = None) -> Attempt:
    return start_attempt(quiz=quiz, seller=seller, user=member_of(seller), violation=violation, now=now)


def take(
    seller: Seller, quiz: Quiz, *, right: int | None = None, now: datetime = NOW, violation: Violation | None = None
) -> Attempt:
    """Start, answer and submit."""
    attempt = start(seller, quiz, now=now, violation=violation)
    answer_all(attempt, right=right, now=now)
    return submit_attempt(attempt=attempt, user=attempt.user, now=now)


def left(violation: Violation, *, at: datetime = NOW) -> int:
    """The points of the violation that count."""
    return violation.entries.counting(as_of=at).total()


def approve_pass_points(quiz: Quiz, points: int) -> None:
    """Let two people have agreed that a pass of the quiz removes so many points."""
    by = {"proposed_by": UserFactory(), "decided_by": UserFactory()}
    PassPointsProposal.objects.create(quiz=quiz, points=points, reason="Why.", decided_at=NOW, approved=True, **by)

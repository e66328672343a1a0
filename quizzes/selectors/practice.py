"""What a person can practise, and what comes next."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import Random
from typing import Any

from accounts.models import User
from kit.dates import month_start
from sellers.models import Seller
from violations.models import Violation

from ..models import Attempt, AttemptQuestion, PracticeCard, Question, QuestionQuerySet, Quiz
from .banks import bank_question, with_choice_counts


@dataclass(frozen=True)
class Practice:
    """The questions about one policy: how many are ``due``, how many are ``fresh``, and when the next one is due."""

    quiz: Quiz
    is_breached: bool
    due: int
    fresh: int
    next_at: datetime | None

    @property
    def waiting(self) -> int:
        """How many can be practised now."""
        return self.due + self.fresh


class NotPractised(StrEnum):
    """Why a question that was shown takes no answer any more."""

    UNPUBLISHED = "unpublished"
    REPLACED = "replaced"
    RETIRED = "retired"
    HELD_BACK = "held back"


def practices(*, user: User, seller: Seller, as_of: datetime) -> list[Practice]:
    """What a person can practise, policies that the seller breached first (5 queries)."""
    quizzes = Quiz.objects.filter(published_at__lte=as_of).select_related("policy").order_by("policy__name")
    breached = set(Violation.objects.filter(seller=seller).values_list("policy_version__policy", flat=True))
    by_quiz: dict[int, list[int]] = {}
    for question in _usable(
        Question.objects.in_use().filter(quiz__in=quizzes), held_back(user=user, seller=seller, as_of=as_of)
    ):
        by_quiz.setdefault(question.quiz_id, []).append(question.pk)
    due_at = dict(PracticeCard.objects.filter(user=user).values_list("question", "due_at"))
    found = [
        _practice(quiz, by_quiz.get(quiz.pk, []), due_at, is_breached=quiz.policy_id in breached, as_of=as_of)
        for quiz in quizzes
    ]
    return sorted(found, key=lambda one: not one.is_breached)


def _practice(
    quiz: Quiz, questions: Collection[int], due_at: dict[int, datetime], *, is_breached: bool, as_of: datetime
) -> Practice:
    dates = [due_at[pk] for pk in questions if pk in due_at]
    later = [date for date in dates if date > as_of]
    return Practice(
        quiz=quiz,
        is_breached=is_breached,
        due=len(dates) - len(later),
        fresh=len(questions) - len(dates),
        next_at=min(later, default=None),
    )


def next_to_practise(*, user: User, seller: Seller, quiz: Quiz, as_of: datetime, random: Random) -> Question | None:
    """The question that is due longest, else one that the person never practised; ``None`` if there is none now."""
    questions = _usable(quiz.questions.in_use(), held_back(user=user, seller=seller, as_of=as_of))
    due_at = dict(PracticeCard.objects.filter(user=user, question__in=questions).values_list("question", "due_at"))
    due = [one for one in questions if one.pk in due_at and due_at[one.pk] <= as_of]
    fresh = [one for one in questions if one.pk not in due_at]
    if due:
        return min(due, key=lambda one: (due_at[one.pk], one.pk))
    return random.choice(fresh) if fresh else None


def why_not_practised(question: Question, *, user: User, seller: Seller, as_of: datetime) -> NotPractised | None:
    """Why practice does not explain a question that was published once; ``None`` if it does."""
    if not question.quiz.is_published(as_of=as_of):
        return NotPractised.UNPUBLISHED
    if question.state == Question.State.RETIRED:
        is_replaced = Question.objects.was_asked().filter(replaces=question).exists()
        return NotPractised.REPLACED if is_replaced else NotPractised.RETIRED
    is_held_back = question.pk in held_back(user=user, seller=seller, as_of=as_of)
    return NotPractised.HELD_BACK if is_held_back else None


def held_back(*, user: User, seller: Seller, as_of: datetime) -> set[int]:
    """The questions that practice does not explain: of open attempts, and not answered rightly this month.

    Those of all sellers that the person may act for; and what took the place of such a question, for it asks the same.
    An attempt that was left is not passed, whether anybody noted it or not.
    """
    asked = AttemptQuestion.objects.filter(attempt__seller__in=Seller.objects.for_member(user).values("pk"))
    is_open = asked.filter(attempt__in=Attempt.objects.open(as_of=as_of))
    month = month_start(as_of, zone=seller.market.zone)
    missed = asked.filter(attempt__month=month).exclude(attempt__passed=True).exclude(pk__in=asked.right())
    found = is_open.values_list("question", flat=True).union(missed.values_list("question", flat=True), all=True)
    held = later = set(found)
    while later := set(Question.objects.filter(replaces__in=later).values_list("pk", flat=True)):
        held |= later
    return held


def _usable(questions: QuestionQuerySet, held: Collection[int]) -> list[Question]:
    found: Iterable[Any] = with_choice_counts(questions)
    return [one for one in found if one.pk not in held and not bank_question(one).problem]

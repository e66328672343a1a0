"""Banks of questions: what is in use, what keeps a quiz from being published, and how questions fare."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from policies.models import PolicyVersion
from sellers.models import Seller

from .. import rules
from ..models import AttemptQuestion, Question, Quiz

MAX_TIMES_ASKED = 200
"""Of how many times that a question was asked staff see how it was answered."""


def equal_question(*, quiz: Quiz, text: str, except_for: int | None) -> Question | None:
    """A question in use in the bank that reads the same, other than the one with the id ``except_for``."""
    others = quiz.questions.in_use().order_by("id")
    same = (other for other in others if rules.folded(other.text) == rules.folded(text))
    return next((other for other in same if other.pk != except_for), None)


def most_points(*, policy_id: int | None) -> int:
    """The most points that a published wording of a policy gives; 1 if none gives any: a pass removes no more."""
    versions = PolicyVersion.objects.published().filter(policy=policy_id)
    return max(versions.aggregate(most=Max("points"))["most"] or 1, 1)


def bank_problems(quiz: Quiz) -> rules.BankProblems:
    """What keeps the quiz from being published."""
    return rules.bank_problems(bank(quiz), needed=quiz.questions_per_attempt)


def bank(quiz: Quiz, *, without: Question | None = None) -> list[rules.BankQuestion]:
    """The questions in use, perhaps without one, with what decides whether they can be asked."""
    questions = with_choice_counts(quiz.questions.in_use())
    if without is not None:
        questions = questions.exclude(pk=without.pk)
    return [bank_question(question) for question in questions]


def drawable(quiz: Quiz, usable: Iterable[int], *, seller: Seller) -> list[rules.Drawable]:
    """What a draw must know of questions of a quiz, by their ids (2 queries)."""
    asked = AttemptQuestion.objects.filter(attempt__seller=seller, attempt__quiz=quiz).values_list("question_id")
    last_asked = dict(asked.annotate(Max("attempt__started_at")).order_by("question_id"))
    sections = quiz.questions.filter(pk__in=usable).order_by("id").values_list("pk", "section_id")
    return [rules.Drawable(pk, section, last_asked.get(pk)) for pk, section in sections]


def with_banks(quizzes: QuerySet[Quiz]) -> QuerySet[Quiz]:
    """Adds to quizzes the ``questions_in_use`` that ``problems_of`` judges: one query for all of them."""
    questions = with_choice_counts(Question.objects.in_use())
    return quizzes.prefetch_related(Prefetch("questions", queryset=questions, to_attr="questions_in_use"))


def problems_of(quiz: Any) -> rules.BankProblems:
    """``bank_problems`` of a quiz that carries its ``questions_in_use``."""
    bank = [bank_question(question) for question in quiz.questions_in_use]
    return rules.bank_problems(bank, needed=quiz.questions_per_attempt)


def with_choice_counts(questions: QuerySet[Question]) -> QuerySet[Question]:
    counts = {"choice_count": Count("choices"), "right_count": Count("choices", filter=Q(choices__is_right=True))}
    return questions.annotate(**counts).order_by("id")


def bank_question(question: Any) -> rules.BankQuestion:
    return rules.BankQuestion(question.pk, question.text, question.choice_count, question.right_count)


def as_bank_question(question: Question) -> rules.BankQuestion:
    """What decides whether a question can be asked (1 query unless its choices are prefetched)."""
    right = [choice.is_right for choice in question.choices.all()]
    return rules.BankQuestion(question.pk or 0, question.text, len(right), sum(right))


def with_use(questions: QuerySet[Question], *, as_of: datetime) -> QuerySet[Question]:
    """Questions with how they fared the last ``MAX_TIMES_ASKED`` times that they were asked, in attempts that are over.

    Adds ``answered`` and ``answered_right``, and whether a question was ever asked.
    """
    asked = AttemptQuestion.objects.filter(question=OuterRef("pk"))
    before = AttemptQuestion.objects.filter(question=OuterRef(OuterRef("pk"))).order_by("-pk").values("pk")
    latest = asked.filter(pk__gt=Coalesce(Subquery(before[MAX_TIMES_ASKED : MAX_TIMES_ASKED + 1]), 0))
    answered = latest.of_ended(as_of=as_of).filter(answered_at__isnull=False)
    return questions.annotate(
        was_asked=Exists(asked),
        answered=_number_of(answered),
        answered_right=_number_of(answered.right()),
    )


def _number_of(asked: QuerySet[AttemptQuestion]) -> Coalesce:
    """How many there are, of one question."""
    counts = asked.order_by().values("question").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counts), 0)

"""Reads of feedback: whether a seller can give it, and what was said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sellers.models import Seller

from .models import Feedback, FeedbackAnswer, FeedbackGiven, FeedbackQuestion, Signup, Workshop
from .models.feedback import MAX_RATING
from .occasions import MIN_ANSWERS_SHOWN, WhyNoFeedback
from .occasions import why_no_feedback as why_not


def why_no_feedback(workshop: Workshop, seller: Seller, *, now: datetime) -> WhyNoFeedback | None:
    """Why a seller cannot say how a workshop was, ``None`` if it can (2 queries)."""
    there = Signup.objects.filter(workshop=workshop, seller=seller, checked_in_at__isnull=False)
    return why_not(
        was_there=there.exists(),
        given=FeedbackGiven.objects.filter(workshop=workshop, seller=seller).exists(),
        ends_at=workshop.ends_at,
        days=workshop.feedback_days,
        now=now,
    )


@dataclass(frozen=True)
class Ratings:
    """How often each rating was given, the best first."""

    counts: Sequence[tuple[int, int]]

    @classmethod
    def of(cls, ratings: Sequence[int]) -> Ratings:
        counted = Counter(ratings)
        return cls([(rating, counted[rating]) for rating in range(MAX_RATING, 0, -1)])

    @property
    def number(self) -> int:
        return sum(count for _, count in self.counts)

    @property
    def mean(self) -> float:
        """0 of nothing."""
        return sum(rating * count for rating, count in self.counts) / self.number if self.number else 0.0


@dataclass(frozen=True)
class Answers:
    """What was answered to a question of the host: ratings, or words."""

    question: FeedbackQuestion
    ratings: Ratings
    texts: Sequence[str]


@dataclass(frozen=True)
class Results:
    """What was said of a workshop. Texts stand in the order of the alphabet, each question by itself."""

    ratings: Ratings
    texts: Sequence[str]
    answers: Sequence[Answers]


def results_of(workshop: Workshop) -> Results | None:
    """What was said of a workshop, ``None`` as long as so few said something that one might be recognised."""
    feedback = list(Feedback.objects.filter(workshop=workshop).order_by("pk"))
    if len(feedback) < MIN_ANSWERS_SHOWN:
        return None
    return Results(
        ratings=Ratings.of([one.rating for one in feedback]),
        texts=sorted(one.text for one in feedback if one.text),
        answers=[_answers(question) for question in workshop.feedback_questions.prefetch_related("answers")],
    )


def _answers(question: FeedbackQuestion) -> Answers:
    given: list[FeedbackAnswer] = list(question.answers.all())
    ratings = [answer.rating for answer in given if answer.rating is not None]
    return Answers(question, Ratings.of(ratings), sorted(answer.text for answer in given if answer.text))


def rows_of(workshop: Workshop) -> tuple[list[str], list[list[str]]]:
    """The head and the lines of a file: what each said, in the order that is drawn by lot; none of too few."""
    questions = list(workshop.feedback_questions.all())
    head = ["rating", "text", *(question.text for question in questions)]
    feedback = list(Feedback.objects.filter(workshop=workshop).prefetch_related("answers").order_by("pk"))
    return head, [_row(one, questions) for one in feedback if len(feedback) >= MIN_ANSWERS_SHOWN]


def _row(feedback: Feedback, questions: Sequence[FeedbackQuestion]) -> list[str]:
    said = {answer.question_id: str(answer) for answer in feedback.answers.all()}
    return [str(feedback.rating), feedback.text, *(said.get(question.pk, "") for question in questions)]

"""Publishing quizzes, taking them back, and retiring questions."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import Actor, record
from audit.snapshots import snapshot

from .. import rules, selectors, wording
from ..models import Question, Quiz
from .shared import UnusableQuiz


def _lock_quiz(quiz_id: int) -> Quiz:
    return Quiz.objects.select_for_update(no_key=True, of=("self",)).select_related("policy").get(pk=quiz_id)


@transaction.atomic
def publish_quiz(*, quiz: Quiz, now: datetime, published_by: Actor = None) -> Quiz:
    """Open a quiz to sellers; publishing again changes nothing. Raises ``UnusableQuiz`` naming each problem."""
    quiz = _lock_quiz(quiz.pk)
    if problems := selectors.bank_problems(quiz):
        raise UnusableQuiz(wording.problem_sentences(problems))
    if quiz.published_at is None:
        before = snapshot(quiz)
        quiz.published_at = now
        quiz.save(update_fields=["published_at"])
        record(by=published_by, action="publish", about=quiz, note=_("Published."), before=before, now=now)
    return quiz


@transaction.atomic
def unpublish_quiz(*, quiz: Quiz, now: datetime, unpublished_by: Actor = None) -> Quiz:
    """Take a quiz back: nobody can start an attempt any more; open ones can be finished and bring their reward.

    Taking back a draft changes nothing.
    """
    quiz = _lock_quiz(quiz.pk)
    if quiz.published_at is None:
        return quiz
    before = snapshot(quiz)
    quiz.published_at = None
    quiz.save(update_fields=["published_at"])
    record(by=unpublished_by, action="unpublish", about=quiz, note=_("Unpublished."), before=before, now=now)
    return quiz


@transaction.atomic
def retire_question(*, question: Question, now: datetime, retired_by: Actor = None) -> Question:
    """Draw a question no more; open attempts that have it keep it. Retiring again changes nothing.

    Raises ``UnusableQuiz`` if the quiz is published and could not be without it.
    """
    quiz = _lock_quiz(question.quiz_id)
    question = Question.objects.get(pk=question.pk)
    if question.retired_at is not None:
        return question
    if quiz.published_at is not None:
        remaining = selectors.bank(quiz, without=question)
        if problems := rules.bank_problems(remaining, needed=quiz.questions_per_attempt):
            advice = _("Add a question first, or unpublish the quiz.")
            raise UnusableQuiz([*wording.problem_sentences(problems), advice])
    before = snapshot(question)
    question.retired_at = now
    question.save(update_fields=["retired_at"])
    record(by=retired_by, action="retire", about=question, note=_("Retired."), before=before, now=now)
    return question

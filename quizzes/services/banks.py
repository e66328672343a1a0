"""Publishing quizzes, and taking them back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit.services import Actor, record
from audit.snapshots import snapshot
from audit.trail_notes import published, unpublished
from sellers.services import refuse_for_all_markets

from .. import bank_wording, selectors
from ..models import Quiz
from .refusals import UnusableQuiz


def lock_quiz(quiz_id: int) -> Quiz:
    return Quiz.objects.select_for_update(no_key=True, of=("self",)).select_related("policy").get(pk=quiz_id)


@transaction.atomic
def publish_quiz(*, quiz: Quiz, now: datetime, published_by: Actor = None) -> Quiz:
    """Open a quiz to sellers; publishing again changes nothing. Raises ``UnusableQuiz`` naming each problem."""
    refuse_for_all_markets(person=published_by)
    quiz = lock_quiz(quiz.pk)
    if problems := selectors.bank_problems(quiz):
        raise UnusableQuiz(bank_wording.problem_sentences(problems))
    if quiz.published_at is None:
        before = snapshot(quiz)
        quiz.published_at = now
        quiz.save(update_fields=["published_at"])
        record(by=published_by, action="publish", about=quiz, note=published(), before=before, now=now)
    return quiz


@transaction.atomic
def unpublish_quiz(*, quiz: Quiz, now: datetime, unpublished_by: Actor = None) -> Quiz:
    """Take a quiz back: nobody can start an attempt any more; open ones can be finished and bring their reward.

    Taking back a draft changes nothing.
    """
    refuse_for_all_markets(person=unpublished_by)
    quiz = lock_quiz(quiz.pk)
    if quiz.published_at is None:
        return quiz
    before = snapshot(quiz)
    quiz.published_at = None
    quiz.save(update_fields=["published_at"])
    record(by=unpublished_by, action="unpublish", about=quiz, note=unpublished(), before=before, now=now)
    return quiz

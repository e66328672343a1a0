"""The way of a question: written, sent for review, published by somebody else, replaced or retired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.notes import Note
from audit.services import Actor, record
from audit.snapshots import snapshot
from audit.trail_notes import published
from kit.outcomes import WrongState
from kit.texts.characters import has_visible
from sellers.services import refuse_for_all_markets

from .. import bank_wording, rules, selectors, trail_notes
from ..models import Choice, Question, QuestionPicture
from .banks import lock_quiz
from .refusals import OwnQuestion, UnusableQuiz

State = Question.State


@transaction.atomic
def send_for_review(*, question: Question, now: datetime, sent_by: Actor = None) -> Question:
    """Ask a second person to look at a draft; it stays as it is until they decide. Sending again changes nothing.

    Raises ``WrongState`` for a question that is published. Raises ``UnusableQuiz`` for one that cannot be asked. So
    with one that says not why it is right, or where that can be read.
    """
    question = lock_question(question)
    if question.state == State.IN_REVIEW:
        return question
    refuse_unless(question, State.DRAFT)
    if problem := bank_wording.question_problem(selectors.as_bank_question(question)):
        raise UnusableQuiz([problem])
    if not has_visible(question.explanation):
        raise UnusableQuiz([bank_wording.no_explanation()])
    if selectors.lacks_section(question):
        raise UnusableQuiz([bank_wording.no_section()])
    return _step(
        question, {"state": State.IN_REVIEW}, "send_for_review", trail_notes.sent_for_review(), by=sent_by, now=now
    )


@transaction.atomic
def send_back(*, question: Question, reason: str, now: datetime, sent_back_by: Actor = None) -> Question:
    """Make a question in review a draft again; the reason stands in the trail. Raises ``WrongState``."""
    question = lock_question(question)
    refuse_unless(question, State.IN_REVIEW)
    note = trail_notes.sent_back(reason=reason)
    return _step(question, {"state": State.DRAFT}, "send_back", note, by=sent_back_by, now=now)


@transaction.atomic
def publish_question(*, question: Question, published_by: User, now: datetime) -> Question:
    """Let attempts draw a question, and retire the one that it replaces. Publishing again changes nothing.

    Raises ``OwnQuestion`` for its author, ``WrongState`` for one that is not in review.
    """
    refuse_for_all_markets(person=published_by)
    question = lock_question(question)
    if question.state == State.PUBLISHED:
        return question
    refuse_unless(question, State.IN_REVIEW)
    if question.author_id == published_by.pk:
        raise OwnQuestion(bank_wording.own_question())
    if question.replaces is not None:
        _retire(question.replaces, by=published_by, now=now)
    changes = {"state": State.PUBLISHED, "reviewed_by": published_by, "published_at": now}
    return _step(question, changes, "publish", published(), by=published_by, now=now)


@transaction.atomic
def replace_question(*, question: Question, replaced_by: User, now: datetime) -> Question:
    """A draft like a published question, to write anew; publishing it retires the old one. There is one at a time.

    Raises ``WrongState`` for a question that is not published: a draft can be written.
    """
    question = lock_question(question)
    refuse_unless(question, State.PUBLISHED)
    if waiting := Question.objects.filter(replaces=question).first():
        return waiting
    words = {name: getattr(question, name) for name in ("quiz", "section", "scene", "text", "explanation")}
    draft = Question.objects.create(**words, author=replaced_by, replaces=question)
    choices = question.choices.order_by("pk")
    Choice.objects.bulk_create(Choice(question=draft, text=one.text, is_right=one.is_right) for one in choices)
    copy_pictures(question, draft)
    note = trail_notes.to_replace(question=question.pk)
    record(by=replaced_by, action="replace", about=draft, note=note, now=now)
    return draft


@transaction.atomic
def retire_question(*, question: Question, now: datetime, retired_by: Actor = None) -> Question:
    """Draw a question no more; open attempts that have it keep it. Retiring again changes nothing.

    Raises ``UnusableQuiz`` if the quiz is published and could not be without it, ``WrongState`` for a draft.
    """
    refuse_for_all_markets(person=retired_by)
    question = lock_question(question)
    if question.state == State.RETIRED:
        return question
    refuse_unless(question, State.PUBLISHED)
    _refuse_if_needed(question)
    return _retire(question, by=retired_by, now=now)


def lock_question(question: Question) -> Question:
    """The question as it is now, its quiz locked: who changes a bank takes turns on its quiz."""
    lock_quiz(question.quiz_id)
    locked = Question.objects.select_for_update(no_key=True, of=("self",)).select_related("quiz", "replaces")
    return locked.get(pk=question.pk)


def refuse_unless(question: Question, state: Question.State) -> None:
    if question.state != state:
        raise WrongState(bank_wording.not_that_state(question, state))


def _refuse_if_needed(question: Question) -> None:
    quiz = question.quiz
    if quiz.published_at is None:
        return
    remaining = selectors.bank(quiz, without=question)
    if problems := rules.bank_problems(remaining, needed=quiz.questions_per_attempt):
        raise UnusableQuiz(
            [*bank_wording.problem_sentences(problems), _("Add a question first, or unpublish the quiz.")]
        )


def _retire(question: Question, *, by: Actor, now: datetime) -> Question:
    if question.state == State.RETIRED:
        return question
    changes = {"state": State.RETIRED, "retired_at": now}
    return _step(question, changes, "retire", trail_notes.retired(), by=by, now=now)


def _step(
    question: Question, changes: Mapping[str, Any], action: str, note: Note, *, by: Actor, now: datetime
) -> Question:
    """Write what a step changes, and the step to the trail."""
    before = snapshot(question)
    for name, value in changes.items():
        setattr(question, name, value)
    question.save(update_fields=list(changes))
    record(by=by, action=action, about=question, note=note, before=before, now=now)
    return question


def copy_pictures(question: Question, draft: Question) -> None:
    """Give a draft the pictures of the question that it is to replace; both name the same files."""
    rows = list(question.pictures.order_by("position"))
    for row in rows:
        row.pk, row.question = None, draft
    QuestionPicture.objects.bulk_create(rows)

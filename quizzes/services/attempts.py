"""Starting an attempt, and answering its questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from random import SystemRandom

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from kit.dates import month_start
from sellers.models import Seller
from sellers.rules import Right
from sellers.services import lock_seller, refuse_without_right
from violations.models import Violation

from .. import attempt_wording as wording
from .. import rules, selectors
from ..models import Attempt, AttemptQuestion, Choice, Question, Quiz
from .refusals import (
    AttemptOver,
    AttemptsUsedUp,
    NoEligibleViolation,
    NotAChoice,
    QuizNotAvailable,
    ViolationNotEligible,
)


@transaction.atomic
def start_attempt(
    *, quiz: Quiz, seller: Seller, user: User, now: datetime, violation: Violation | None = None
) -> Attempt:
    """Start an attempt, or take up the open one: its questions and answers stay; whoever has more time brings it along.

    ``violation`` is the one the seller picks to remove points from; picked again it replaces what an open attempt had.
    Raises ``QuizNotAvailable``, ``NoEligibleViolation``, ``ViolationNotEligible`` or ``AttemptsUsedUp``, and
    ``NotYours`` for whoever only looks.
    """
    seller = lock_seller(seller_id=seller.pk)
    refuse_without_right(person=user, seller=seller, right=Right.QUIZ)
    unfinished = _lock_unfinished(quiz=quiz, seller=seller)
    if unfinished and unfinished.is_open(as_of=now):
        return take_up(unfinished, seller=seller, user=user, violation=violation, now=now)
    if unfinished:
        close_overdue(unfinished)
    quiz = Quiz.objects.select_related("policy").get(pk=quiz.pk)
    if not quiz.is_published(as_of=now):
        raise QuizNotAvailable(_("This quiz is being reworked and cannot be started now. Look again in a few days."))
    _check_eligible(quiz=quiz, seller=seller, violation=violation, now=now, begun_at=now)
    return _new_attempt(quiz=quiz, seller=seller, user=user, violation=violation, now=now)


def _new_attempt(*, quiz: Quiz, seller: Seller, user: User, violation: Violation | None, now: datetime) -> Attempt:
    month = month_start(now, zone=seller.market.zone)
    own = Attempt.objects.filter(seller=seller, quiz=quiz, action=None)
    used = own.filter(month=month).count()
    if used >= quiz.attempts_per_month + own.filter(given_back_in=month).count():
        raise AttemptsUsedUp(wording.attempts_used_up(quiz, zone=seller.market.zone, now=now))
    drawn = _draw(quiz=quiz, seller=seller)
    attempt = Attempt(quiz=quiz, seller=seller, user=user, violation=violation, month=month, ordinal=used + 1)
    return begin(attempt, drawn, now=now)


def begin(attempt: Attempt, drawn: Sequence[AttemptQuestion], *, now: datetime) -> Attempt:
    """Store a new attempt with its questions; its time runs from now on."""
    attempt.started_at = now
    attempt.ends_at = rules.ends_at(now, time_factor=attempt.user.time_factor)
    attempt.save()
    for asked in drawn:
        asked.attempt = attempt
    AttemptQuestion.objects.bulk_create(drawn)
    return attempt


def _lock_unfinished(*, quiz: Quiz, seller: Seller) -> Attempt | None:
    unfinished = Attempt.objects.filter(seller=seller, quiz=quiz, action=None, submitted_at=None).select_related(
        "quiz__policy"
    )
    return unfinished.select_for_update(no_key=True, of=("self",)).first()


def take_up(attempt: Attempt, *, seller: Seller, user: User, violation: Violation | None, now: datetime) -> Attempt:
    """Go on with an open attempt: for another violation if one is picked, for longer if the person has more time."""
    if violation is not None and violation.pk != attempt.violation_id:
        _check_eligible(quiz=attempt.quiz, seller=seller, violation=violation, now=now, begun_at=attempt.started_at)
        attempt.violation = violation
    attempt.ends_at = max(attempt.ends_at, rules.ends_at(attempt.started_at, time_factor=user.time_factor))
    attempt.save(update_fields=["violation", "ends_at"])
    return attempt


def close_overdue(attempt: Attempt) -> None:
    """Note what has been so since its time was over: an attempt that nobody submitted is not passed."""
    attempt.submitted_at, attempt.passed = attempt.ends_at, False
    attempt.right_answers = sum(asked.is_right for asked in attempt.questions.all())
    attempt.save()


def _check_eligible(
    *, quiz: Quiz, seller: Seller, violation: Violation | None, now: datetime, begun_at: datetime
) -> None:
    eligible = selectors.eligible_for(quiz=quiz, seller=seller, as_of=now, begun_at=begun_at)
    if not eligible:
        raise NoEligibleViolation(wording.no_eligible_violation(quiz))
    if violation is not None and violation.pk not in {item.violation.pk for item in eligible}:
        raise ViolationNotEligible(
            _("The violation you picked has no points left, was voided, or its deadline has passed. Pick another one."),
            field="violation",
        )


def _draw(*, quiz: Quiz, seller: Seller) -> list[AttemptQuestion]:
    """The questions of a new attempt as they read now, their choices shuffled. None that cannot be asked is drawn."""
    usable = {question.pk for question in selectors.bank(quiz) if not question.problem}
    if len(usable) < quiz.questions_per_attempt:
        raise QuizNotAvailable(_("This quiz has too few questions at the moment. Look again in a few days."))
    bank = selectors.drawable(quiz, usable, seller=seller)
    return draw(bank, count=quiz.questions_per_attempt)


def draw(bank: Sequence[rules.Drawable], *, count: int) -> list[AttemptQuestion]:
    """Questions drawn from a bank, as they read now."""
    random = SystemRandom()
    drawn = rules.draw(bank, count=count, random=random)
    questions = Question.objects.prefetch_related("choices", "pictures").in_bulk(drawn)
    return [as_drawn(questions[pk], position, random.sample) for position, pk in enumerate(drawn, start=1)]


def as_drawn(question: Question, position: int, sample: Callable[[list[Choice], int], list[Choice]]) -> AttemptQuestion:
    """A question as it reads now, not saved. Its choices come in an order by chance, which ``sample`` gives."""
    choices = list(question.choices.all())
    choices = sample(choices, len(choices))
    return AttemptQuestion(
        question=question,
        position=position,
        text=question.text,
        scene=question.scene,
        explanation=question.explanation,
        section_id=question.section_id,
        pictures=[picture.as_drawn for picture in question.pictures.all()],
        choice_ids=[choice.pk for choice in choices],
        choice_texts=[choice.text for choice in choices],
        right_ids=[choice.pk for choice in choices if choice.is_right],
    )


@transaction.atomic
def answer_question(
    *, attempt: Attempt, user: User, position: int, choices: Iterable[int], now: datetime
) -> AttemptQuestion:
    """Store the answer to the question at ``position``; it can be changed until the attempt is submitted or over.

    Raises ``AttemptOver``, ``NotAChoice``, or ``AttemptQuestion.DoesNotExist`` for a position it does not have.
    """
    refuse_without_right(person=user, seller=attempt.seller, right=Right.QUIZ)
    current = Attempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
    if not current.is_open(as_of=now):
        raise AttemptOver(wording.attempt_over(current))
    asked = current.questions.get(position=position)
    asked.chosen = rules.in_order(choices, order=asked.choice_ids)
    if not rules.can_answer(asked.chosen, choices=asked.choice_ids, several=asked.several):
        raise NotAChoice(wording.not_a_choice(several=asked.several), field="choice")
    asked.answered_at = asked.answered_at or now
    asked.save(update_fields=["chosen", "answered_at"])
    return asked

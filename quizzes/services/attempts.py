"""Starting an attempt, and answering its questions."""

from __future__ import annotations

from datetime import datetime
from random import SystemRandom

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from kit.dates import month_start
from sellers.models import Seller
from sellers.rules import Right
from sellers.services import lock_seller, refuse_without_right
from violations.models import Violation

from .. import rules, selectors, wording
from ..models import Attempt, AttemptQuestion, Choice, Quiz
from .shared import (
    AttemptSubmitted,
    AttemptsUsedUp,
    NoEligibleViolation,
    NotAChoice,
    QuizNotAvailable,
    ViolationNotEligible,
    eligible_for,
)


@transaction.atomic
def start_attempt(
    *, quiz: Quiz, seller: Seller, user: User, now: datetime, violation: Violation | None = None
) -> Attempt:
    """Start an attempt, or take up the open one: its questions and answers stay.

    ``violation`` is the one the seller picks to remove points from; picked again it replaces what an open attempt had.
    Raises ``QuizNotAvailable``, ``NoEligibleViolation``, ``ViolationNotEligible`` or ``AttemptsUsedUp``, and
    ``NotYours`` for whoever only looks.
    """
    seller = lock_seller(seller_id=seller.pk)
    refuse_without_right(person=user, seller=seller, right=Right.QUIZ)
    if unfinished := _lock_unfinished(quiz=quiz, seller=seller):
        return _pick(unfinished, seller=seller, violation=violation, now=now)
    quiz = Quiz.objects.select_related("policy").get(pk=quiz.pk)
    if quiz.published_at is None or quiz.published_at > now:
        raise QuizNotAvailable(_("This quiz is being reworked and cannot be started now. Look again in a few days."))
    _check_eligible(quiz=quiz, seller=seller, violation=violation, now=now)
    return _new_attempt(quiz=quiz, seller=seller, user=user, violation=violation, now=now)


def _new_attempt(*, quiz: Quiz, seller: Seller, user: User, violation: Violation | None, now: datetime) -> Attempt:
    month = month_start(now, zone=seller.market.zone)
    used = Attempt.objects.filter(seller=seller, quiz=quiz, month=month).count()
    if used >= quiz.attempts_per_month:
        raise AttemptsUsedUp(wording.attempts_used_up(quiz, zone=seller.market.zone, now=now))
    drawn = _draw(quiz=quiz, seller=seller)
    attempt = Attempt.objects.create(
        quiz=quiz, seller=seller, user=user, violation=violation, month=month, ordinal=used + 1, started_at=now
    )
    AttemptQuestion.objects.bulk_create(
        AttemptQuestion(attempt=attempt, question_id=pk, position=position, choice_order=choices)
        for position, (pk, choices) in enumerate(drawn.items(), start=1)
    )
    return attempt


def _lock_unfinished(*, quiz: Quiz, seller: Seller) -> Attempt | None:
    unfinished = Attempt.objects.filter(seller=seller, quiz=quiz, submitted_at=None).select_related("quiz__policy")
    return unfinished.select_for_update(no_key=True, of=("self",)).first()


def _pick(attempt: Attempt, *, seller: Seller, violation: Violation | None, now: datetime) -> Attempt:
    """Change which violation an open attempt is for; without one, or with the same, nothing changes."""
    if violation is None or violation.pk == attempt.violation_id:
        return attempt
    _check_eligible(quiz=attempt.quiz, seller=seller, violation=violation, now=now)
    attempt.violation = violation
    attempt.save(update_fields=["violation"])
    return attempt


def _check_eligible(*, quiz: Quiz, seller: Seller, violation: Violation | None, now: datetime) -> None:
    eligible = eligible_for(quiz=quiz, seller=seller, now=now)
    if not eligible:
        raise NoEligibleViolation(wording.no_eligible_violation(quiz))
    if violation is not None and violation.pk not in {item.violation.pk for item in eligible}:
        raise ViolationNotEligible(
            _("The violation you picked has no points left, was voided, or its deadline has passed. Pick another one."),
            field="violation",
        )


def _draw(*, quiz: Quiz, seller: Seller) -> dict[int, list[int]]:
    """The questions of a new attempt, each with its choices in the order in which the attempt shows them (ids).

    Only questions with one right choice are drawn.
    """
    bank = [question.pk for question in selectors.bank(quiz) if not question.problem]
    if len(bank) < quiz.questions_per_attempt:
        raise QuizNotAvailable(_("This quiz has too few questions at the moment. Look again in a few days."))
    asked = AttemptQuestion.objects.filter(attempt__seller=seller, attempt__quiz=quiz).values_list("question_id")
    last_asked = dict(asked.annotate(Max("attempt__started_at")).order_by("question_id"))
    random = SystemRandom()
    drawn = rules.draw(bank, last_asked=last_asked, count=quiz.questions_per_attempt, random=random)
    choices: dict[int, list[int]] = {pk: [] for pk in drawn}
    for pk, question_id in Choice.objects.filter(question__in=drawn).order_by("id").values_list("pk", "question_id"):
        choices[question_id].append(pk)
    return {pk: rules.shuffled(own, random=random) for pk, own in choices.items()}


@transaction.atomic
def answer_question(*, attempt: Attempt, user: User, position: int, choice_id: int) -> AttemptQuestion:
    """Store the answer to the question at ``position``; it can be changed until the attempt is submitted.

    Raises ``AttemptSubmitted``, ``NotAChoice``, or ``AttemptQuestion.DoesNotExist`` for a position it does not have.
    """
    refuse_without_right(person=user, seller=attempt.seller, right=Right.QUIZ)
    current = Attempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
    if not current.is_open:
        raise AttemptSubmitted(_("This attempt is submitted; your answers stay as they were."))
    asked = current.questions.get(position=position)
    if not Choice.objects.filter(pk=choice_id, question=asked.question_id).exists():
        raise NotAChoice(_("Choose one of the answers below."), field="choice")
    asked.choice_id = choice_id
    asked.save(update_fields=["choice"])
    return asked

"""Every write of the quizzes app. Attempts take turns on their seller's row, changes of a bank on its quiz's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import SystemRandom

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import Actor, record
from audit.snapshots import snapshot
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.dates import month_start
from kit.formatting import counted, day_words
from kit.markdown.parsing import escaped
from kit.outcomes import Refused
from sellers.models import Seller
from sellers.services import lock_seller, lock_seller_to_record
from violations.models import PointsEntry, Violation
from violations.services import NothingToCredit, concern_of, credit_points

from . import rules, selectors, wording
from .models import Attempt, AttemptQuestion, Choice, Question, Quiz


class QuizNotAvailable(Refused):
    """The quiz is not published, or its bank cannot fill an attempt."""


class NoEligibleViolation(Refused):
    """No violation of the quiz's policy is eligible."""


class ViolationNotEligible(Refused):
    """The violation that the seller picked is not one that a pass can remove points from."""


class AttemptsUsedUp(Refused):
    """The attempts of the local month are used up."""


class AttemptSubmitted(Refused):
    """The attempt is submitted and its answers stay as they are."""


class NotAChoice(Refused):
    """The choice is none of the question's."""


class UnansweredQuestion(Refused):
    """A question of the attempt has no answer; ``position`` says which is the first."""

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message, field="choice")
        self.position = position


class UnusableQuiz(Refused):
    """The bank of questions cannot be published; ``problems`` says why, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


# --- Attempts


@transaction.atomic
def start_attempt(
    *, quiz: Quiz, seller: Seller, user: User, now: datetime, violation: Violation | None = None
) -> Attempt:
    """Start an attempt, or take up the open one: its questions and answers stay.

    ``violation`` is the one the seller picks to remove points from; picked again it replaces what an open attempt had.
    Raises ``QuizNotAvailable``, ``NoEligibleViolation``, ``ViolationNotEligible`` or ``AttemptsUsedUp``.
    """
    seller = lock_seller(seller_id=seller.pk)
    if unfinished := _lock_unfinished(quiz=quiz, seller=seller):
        return _pick(unfinished, seller=seller, violation=violation, now=now)
    quiz = Quiz.objects.select_related("policy").get(pk=quiz.pk)
    if quiz.published_at is None or quiz.published_at > now:
        raise QuizNotAvailable(_("This quiz is being reworked and cannot be started now. Look again in a few days."))
    _check_eligible(quiz=quiz, seller=seller, violation=violation, now=now)
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
    eligible = _eligible(quiz=quiz, seller=seller, now=now)
    if not eligible:
        raise NoEligibleViolation(wording.no_eligible_violation(quiz))
    if violation is not None and violation.pk not in {item.violation.pk for item in eligible}:
        raise ViolationNotEligible(
            _("The violation you picked has no points left, was voided, or its deadline has passed. Pick another one."),
            field="violation",
        )


def _eligible(*, quiz: Quiz, seller: Seller, now: datetime) -> list[selectors.EligibleViolation]:
    found = selectors.eligible_violations(
        market=seller.market, seller_ids=[seller.pk], policy_id=quiz.policy_id, as_of=now
    )
    return found.get((seller.pk, quiz.policy_id), [])


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
def answer_question(*, attempt: Attempt, position: int, choice_id: int) -> AttemptQuestion:
    """Store the answer to the question at ``position``; it can be changed until the attempt is submitted.

    Raises ``AttemptSubmitted``, ``NotAChoice``, or ``AttemptQuestion.DoesNotExist`` for a position it does not have.
    """
    current = Attempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
    if not current.is_open:
        raise AttemptSubmitted(_("This attempt is submitted; your answers stay as they were."))
    asked = current.questions.get(position=position)
    if not Choice.objects.filter(pk=choice_id, question=asked.question_id).exists():
        raise NotAChoice(_("Choose one of the answers below."), field="choice")
    asked.choice_id = choice_id
    asked.save(update_fields=["choice"])
    return asked


@transaction.atomic
def submit_attempt(*, attempt: Attempt, now: datetime) -> Attempt:
    """Grade an attempt and, on a pass, remove points. Submitting again gives the same result and no second credit.

    The points go from the violation that was picked if it still is eligible, else from the eligible one whose window
    closes first; ``unrewarded`` says why a pass removed none. Raises ``UnansweredQuestion``.
    """
    seller, _books = lock_seller_to_record(seller_id=attempt.seller_id, now=now)
    locked = Attempt.objects.select_for_update(no_key=True, of=("self",)).select_related("quiz__policy", "credit")
    attempt = locked.get(pk=attempt.pk)
    if not attempt.is_open:
        return attempt
    asked = list(attempt.questions.select_related("choice").order_by("position"))
    _check_answered(asked)
    attempt.submitted_at = now
    attempt.right_answers = sum(item.choice is not None and item.choice.is_right for item in asked)
    attempt.passed = rules.is_pass(right=attempt.right_answers, asked=len(asked))
    if attempt.passed:
        _reward(attempt=attempt, seller=seller, now=now)
    attempt.save()
    return attempt


def _check_answered(asked: Sequence[AttemptQuestion]) -> None:
    missing = [item.position for item in asked if item.choice_id is None]
    if missing:
        raise UnansweredQuestion(wording.unanswered(missing), position=missing[0])


def _reward(*, attempt: Attempt, seller: Seller, now: datetime) -> None:
    """Credit a pass, tell the seller, and note it on the attempt; or note why there was no reward."""
    month = month_start(now, zone=seller.market.zone)
    used = Attempt.objects.filter(seller=seller, reward_month=month).count()
    if used >= seller.market.rewarded_passes_per_month:
        attempt.unrewarded = Attempt.Unrewarded.LIMIT
        return
    credit = _credit(attempt=attempt, seller=seller, now=now)
    if credit is None:
        attempt.unrewarded = _why_nothing_eligible(attempt=attempt, seller=seller, now=now)
        return
    attempt.credit, attempt.reward_month, attempt.reward_ordinal = credit, month, used + 1
    _tell_rewarded(attempt=attempt, seller=seller, credit=credit, now=now)


def _credit(*, attempt: Attempt, seller: Seller, now: datetime) -> PointsEntry | None:
    eligible = [item.violation for item in _eligible(quiz=attempt.quiz, seller=seller, now=now)]
    eligible.sort(
        key=lambda violation: violation.pk != attempt.violation_id
    )  # Stable: the picked one, then by deadline.
    for violation in eligible:
        try:
            return credit_points(
                violation=violation,
                points=attempt.quiz.pass_points,
                reason=f"Quiz passed: {attempt.quiz.policy}"[:200],
                now=now,
                created_by=attempt.user,
            )
        except NothingToCredit:  # Its points expire before the moment under which the credit would be recorded.
            continue
    return None


def _why_nothing_eligible(*, attempt: Attempt, seller: Seller, now: datetime) -> Attempt.Unrewarded:
    closed_before = rules.earliest_told(as_of=now, zone=seller.market.zone)
    closed = PointsEntry.objects.filter(
        seller=seller,
        violation__policy_version__policy=attempt.quiz.policy_id,
        violation__voided_at=None,
        violation__recorded_at__lt=closed_before,
    )
    is_closed = closed.counting(as_of=now).total() > 0
    return Attempt.Unrewarded.CLOSED if is_closed else Attempt.Unrewarded.NOTHING_LEFT


def _tell_rewarded(*, attempt: Attempt, seller: Seller, credit: PointsEntry, now: datetime) -> None:
    violation, removed = credit.violation, -credit.points
    left = violation.entries.counting(as_of=credit.effective_at).total()
    issued = day_words(violation.issued_at, zone=seller.market.zone)
    where = (
        f" ({violation.get_content_kind_display()} “{escaped(violation.content_title)}”)"
        if violation.content_kind
        else ""
    )
    body = (
        f"You passed the quiz about **{escaped(attempt.quiz.policy)}** with {attempt.right_answers} right answers.\n\n"
        f"{counted(removed, 'point')} {'was' if removed == 1 else 'were'} removed "
        f"from your violation of {issued}{where}. "
        f"It has {counted(left, 'point')} left."
    )
    draft = MessageDraft(
        seller_id=seller.pk,
        kind=Message.Kind.QUIZ,
        subject=f"Quiz passed: {counted(removed, 'point')} removed",
        body=body,
        path=attempt.get_absolute_url(),
        action="See your result",
        concerns=concern_of(violation),
    )
    post_messages(market=seller.market, drafts=[draft], now=now)


# --- Quizzes and their banks


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
        record(by=published_by, action="publish", about=quiz, note="Published.", before=before, now=now)
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
    record(by=unpublished_by, action="unpublish", about=quiz, note="Unpublished.", before=before, now=now)
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
    record(by=retired_by, action="retire", about=question, note="Retired.", before=before, now=now)
    return question

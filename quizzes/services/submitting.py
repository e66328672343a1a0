"""Submitting an attempt: it is graded, and a pass removes points."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import transaction

from accounts.models import User
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.dates import month_start
from sellers.models import Seller
from sellers.rules import Right
from sellers.services import lock_seller_to_record, refuse_without_right
from violations.models import PointsEntry
from violations.services import NothingToCredit, concern_of, credit_points

from .. import attempt_wording as wording
from .. import rules
from ..models import Attempt, AttemptQuestion
from .milestones import shorten_by
from .shared import UnansweredQuestion, close_overdue, eligible_for


@transaction.atomic
def submit_attempt(*, attempt: Attempt, user: User, now: datetime) -> Attempt:
    """Grade an attempt and, on a pass, remove points. Submitting again gives the same result and no second credit.

    Submitted when its time is over it is not passed, whatever the answers.
    The points go from the violation that was picked if it still is eligible, else from the eligible one whose window
    closes first; ``unrewarded`` says why a pass removed none. Raises ``UnansweredQuestion``.
    """
    seller, _books = lock_seller_to_record(seller_id=attempt.seller_id, now=now)
    refuse_without_right(person=user, seller=seller, right=Right.QUIZ)
    locked = Attempt.objects.select_for_update(no_key=True, of=("self",)).select_related("quiz__policy", "credit")
    attempt = locked.get(pk=attempt.pk)
    if attempt.submitted_at is not None:
        return attempt
    if not attempt.is_open(as_of=now):
        close_overdue(attempt)
        return attempt
    asked = list(attempt.questions.order_by("position"))
    _check_answered(asked)
    attempt.submitted_at = now
    attempt.right_answers = sum(item.is_right for item in asked)
    attempt.passed = rules.is_pass(right=attempt.right_answers, asked=len(asked))
    if attempt.passed and attempt.action_id:
        shorten_by(attempt, now=now)
    elif attempt.passed:
        _reward(attempt=attempt, seller=seller, now=now)
    attempt.save()
    return attempt


def _check_answered(asked: Sequence[AttemptQuestion]) -> None:
    missing = [item.position for item in asked if not item.chosen]
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
        attempt.unrewarded = Attempt.Unrewarded.NOTHING_LEFT
        return
    attempt.credit, attempt.reward_month, attempt.reward_ordinal = credit, month, used + 1
    _tell_rewarded(attempt=attempt, seller=seller, credit=credit, now=now)


def _credit(*, attempt: Attempt, seller: Seller, now: datetime) -> PointsEntry | None:
    """Take points off the violation picked, else off the one whose window closes first, as it was when it was begun."""
    found = eligible_for(quiz=attempt.quiz, seller=seller, now=now, begun_at=attempt.started_at)
    eligible = [item.violation for item in found]
    eligible.sort(key=lambda violation: violation.pk != attempt.violation_id)
    for violation in eligible:
        with suppress(NothingToCredit):  # Its points expire before the moment under which the credit would be recorded.
            return credit_points(
                violation=violation,
                points=attempt.quiz.pass_points,
                reason=f"Quiz passed: {attempt.quiz.policy}",
                now=now,
                created_by=attempt.user,
            )
    return None


def _tell_rewarded(*, attempt: Attempt, seller: Seller, credit: PointsEntry, now: datetime) -> None:
    violation, removed = credit.violation, -credit.points
    left = violation.entries.counting(as_of=credit.effective_at).total()
    draft = MessageDraft(
        seller_id=seller.pk,
        kind=Message.Kind.QUIZ,
        template=Message.Template.QUIZ_PASSED,
        about_kind="attempt",
        about_id=attempt.pk,
        data={
            "policy": str(attempt.quiz.policy),
            "right_answers": attempt.right_answers,
            "points": removed,
            "left": left,
            "issued_at": violation.issued_at.isoformat(),
            "zone": seller.market.zone.key,
            "content_kind": violation.content_kind,
            "content_title": violation.content_title,
        },
        concerns=concern_of(violation),
    )
    post_messages(market=seller.market, drafts=[draft], now=now)

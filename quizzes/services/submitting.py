"""Submitting an attempt: it is graded, and a pass removes points."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.database.prepared_reads import PreparedRead, id_parameter
from kit.database.prepared_saves import PreparedSave
from kit.dates import month_start
from sellers.models import Seller
from sellers.rules import Right
from sellers.services import lock_seller_to_record, refuse_without_right
from violations.models import PointsEntry
from violations.services import concern_of

from .. import attempt_wording as wording
from .. import rules, selectors
from ..models import Attempt, AttemptQuestion
from .attempts import close_overdue
from .milestones import shorten_by
from .refusals import UnansweredQuestion
from .rewarding import facts_of_credit, record_passed, reward


@transaction.atomic
def submit_attempt(*, attempt: Attempt, user: User, now: datetime) -> Attempt:
    """Grade an attempt and, on a pass, remove points. Submitting again gives the same result and no second credit.

    Submitted when its time is over it is not passed, whatever the answers. The points go from the violation that was
    picked if it still is eligible. Else they go from the eligible one whose window closes first. ``unrewarded`` says
    why a pass removed none. Raises ``UnansweredQuestion``.
    """
    seller, moment = lock_seller_to_record(seller_id=attempt.seller_id, now=now)
    refuse_without_right(person=user, seller=seller, right=Right.QUIZ)
    attempt = _locked.get(attempt=attempt.pk)
    if attempt.submitted_at is not None:
        return attempt
    if not attempt.is_open(as_of=now):
        close_overdue(attempt)
        return attempt
    _grade(attempt, now=now)
    if attempt.passed and attempt.action_id:
        shorten_by(attempt, now=now)
    elif attempt.passed:
        _reward(attempt, seller, now=now, moment=moment)
    _graded.save(attempt)
    if attempt.passed:
        record_passed(attempt, seller, now=now)
    return attempt


_locked = PreparedRead(
    lambda: (
        Attempt.objects.select_for_update(no_key=True, of=("self",))
        .select_related("quiz__policy", "credit")
        .filter(pk=id_parameter("attempt"))
    )
)
_asked = PreparedRead(lambda: AttemptQuestion.objects.filter(attempt=id_parameter("attempt")).order_by("position"))

_graded = PreparedSave(
    Attempt,
    ["submitted_at", "right_answers", "passed", "credit", "reward_month", "reward_ordinal", "unrewarded"],
)


def _grade(attempt: Attempt, *, now: datetime) -> None:
    """By the questions as they were drawn; where that is no pass, by what was corrected since then too."""
    asked = _asked.read(attempt=attempt.pk)
    _check_answered(asked)
    if not all(item.is_right for item in asked):
        selectors.corrected(asked)
    attempt.submitted_at = now
    attempt.right_answers = sum(item.is_right for item in asked)
    attempt.passed = rules.is_pass(right=attempt.right_answers, asked=len(asked))


def _reward(attempt: Attempt, seller: Seller, *, now: datetime, moment: datetime) -> None:
    month = month_start(now, zone=seller.market.zone)
    if credit := reward(attempt=attempt, seller=seller, month=month, now=now, moment=moment):
        _tell_rewarded(attempt=attempt, seller=seller, credit=credit, now=now)


def _check_answered(asked: Sequence[AttemptQuestion]) -> None:
    missing = [item.position for item in asked if not item.chosen]
    if missing:
        raise UnansweredQuestion(wording.unanswered(missing), position=missing[0])


def _tell_rewarded(*, attempt: Attempt, seller: Seller, credit: PointsEntry, now: datetime) -> None:
    draft = MessageDraft(
        seller_id=seller.pk,
        kind=Message.Kind.QUIZ,
        template=Message.Template.QUIZ_PASSED,
        about_kind="attempt",
        about_id=attempt.pk,
        data={
            "policy": str(attempt.quiz.policy),
            "right_answers": attempt.right_answers,
            "zone": seller.market.zone.key,
            **facts_of_credit(credit),
        },
        concerns=concern_of(credit.violation),
    )
    post_messages(market=seller.market, drafts=[draft], now=now)

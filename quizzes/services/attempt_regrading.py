"""Grading one attempt again: a pass, with its credit or the attempt back, and a message."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.dates import month_start
from sellers.models import Seller
from sellers.services import recording_time
from violations.services import concern_of

from .. import rules, selectors
from ..models import Attempt, Regrade, RegradedAttempt
from .milestones import shorten_by
from .rewarding import facts_of_credit, record_passed, reward

Outcome = RegradedAttempt.Outcome


@dataclass(frozen=True)
class Regraded:
    """What became of an attempt that has a right answer more, and the points that it took off."""

    outcome: RegradedAttempt.Outcome
    points: int


def lock_attempts_by_id(attempt_ids: Collection[int]) -> dict[int, Attempt]:
    """Lock attempts in the order of their ids, with their questions as they are corrected, by id (3 queries)."""
    locked = Attempt.objects.filter(pk__in=attempt_ids).select_for_update(no_key=True, of=("self",)).order_by("pk")
    attempts = list(locked.select_related("quiz__policy", "action").prefetch_related("questions"))
    selectors.corrected([asked for attempt in attempts for asked in attempt.questions.all()])
    return {attempt.pk: attempt for attempt in attempts}


def grade_again(*, attempt: Attempt, seller: Seller, regrade: Regrade, now: datetime) -> Regraded | None:
    """Grade an attempt by all approved regrades; ``None`` if it has no right answer more.

    The caller holds the seller and the attempt, whose questions are those of ``lock_attempts_by_id``. It is counted by
    the answers themselves, so that nothing is given twice, whichever regrade comes first.
    """
    asked = list(attempt.questions.all())
    right, before = sum(one.is_right for one in asked), attempt.right_answers or 0
    if attempt.passed or right <= before:
        return None
    attempt.right_answers, attempt.passed = right, rules.is_pass(right=right, asked=len(asked))
    outcome = _follow(attempt, seller, now=now)
    RegradedAttempt.objects.create(
        regrade=regrade, attempt=attempt, right_before=before, outcome=outcome, graded_at=now
    )
    attempt.save()
    if attempt.passed:
        record_passed(attempt, seller, now=now)
        _tell(attempt, seller, regrade, outcome, now=now)
    return Regraded(outcome, attempt.gain)


def _follow(attempt: Attempt, seller: Seller, *, now: datetime) -> RegradedAttempt.Outcome:
    """Give what a pass brings: its reward counts in the month in which it was submitted."""
    if not attempt.passed:
        return Outcome.NOT_PASSED
    if attempt.action_id:
        shorten_by(attempt, now=now)
        return Outcome.ACTION_OVER if attempt.unrewarded else Outcome.SHORTENED
    month = month_start(attempt.submitted_at or now, zone=seller.market.zone)
    moment = recording_time(market_id=seller.market_id, now=now)
    if reward(attempt=attempt, seller=seller, month=month, now=now, moment=moment):
        return Outcome.CREDITED
    attempt.given_back_in = month_start(now, zone=seller.market.zone)
    return Outcome.GIVEN_BACK


def _tell(
    attempt: Attempt, seller: Seller, regrade: Regrade, outcome: RegradedAttempt.Outcome, *, now: datetime
) -> None:
    credit = attempt.credit
    draft = MessageDraft(
        seller_id=seller.pk,
        kind=Message.Kind.QUIZ,
        template=Message.Template.QUIZ_REGRADED,
        about_kind="attempt",
        about_id=attempt.pk,
        data={
            "policy": str(attempt.quiz.policy),
            "submitted_at": (attempt.submitted_at or now).isoformat(),
            "zone": seller.market.zone.key,
            "reason": regrade.reason,
            "outcome": outcome,
            "why": attempt.unrewarded,
            **(facts_of_credit(credit) if credit else {}),
        },
        concerns=concern_of(credit.violation) if credit else None,
    )
    post_messages(market=seller.market, drafts=[draft], now=now)

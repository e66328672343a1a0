"""What is refused, and which violations a pass can remove points from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kit.outcomes import Refused
from sellers.models import Seller

from .. import selectors
from ..models import Attempt, Quiz


class QuizNotAvailable(Refused):
    """The quiz is not published, or its bank cannot fill an attempt."""


class NoEligibleViolation(Refused):
    """No violation of the quiz's policy is eligible."""


class ViolationNotEligible(Refused):
    """The violation that the seller picked is not one that a pass can remove points from."""


class AttemptsUsedUp(Refused):
    """The attempts of the local month are used up."""


class AttemptOver(Refused):
    """The attempt is submitted, or its time is over, and its answers stay as they are."""


class NotAChoice(Refused):
    """The choice is none of the question's."""


class UnansweredQuestion(Refused):
    """A question of the attempt has no answer; ``position`` says which is the first."""

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message, field="choice")
        self.position = position


class OwnQuestion(Refused):
    """Nobody publishes what they wrote."""


class PassPointsOutOfBounds(Refused):
    """A pass cannot remove so many points."""


class UnusableQuiz(Refused):
    """The bank of questions cannot be published; ``problems`` says why, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


def close_overdue(attempt: Attempt) -> None:
    """Note what has been so since its time was over: an attempt that nobody submitted is not passed."""
    attempt.submitted_at, attempt.passed = attempt.ends_at, False
    attempt.right_answers = sum(asked.is_right for asked in attempt.questions.all())
    attempt.save()


def eligible_for(*, quiz: Quiz, seller: Seller, now: datetime, begun_at: datetime) -> list[selectors.EligibleViolation]:
    """What an attempt begun at ``begun_at`` can remove points from now, the one whose window closes first first."""
    found = selectors.eligible_violations(
        market=seller.market, seller_ids=[seller.pk], policy_id=quiz.policy_id, as_of=now, begun_at=begun_at
    )
    return found.get((seller.pk, quiz.policy_id), [])

"""Milestone quizzes: once for an enforcement action, and a pass puts a shorter one in its place."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from kit.dates import month_start
from sellers.models import Seller
from sellers.rules import Right
from sellers.services import lock_seller, refuse_without_right
from violations.models import EnforcementAction
from violations.services import NotShortened, shorten_action

from .. import attempt_wording as wording
from .. import selectors
from ..models import Attempt
from .attempts import begin, draw, take_up
from .refusals import AttemptsUsedUp, QuizNotAvailable


@transaction.atomic
def start_milestone_attempt(*, action: EnforcementAction, seller: Seller, user: User, now: datetime) -> Attempt:
    """Start the one attempt at an action's milestone quiz, or take it up while it is open.

    Raises ``AttemptsUsedUp`` if it is over, ``QuizNotAvailable`` if the action has no such quiz, and ``NotYours``.
    """
    seller = lock_seller(seller_id=seller.pk)
    refuse_without_right(person=user, seller=seller, right=Right.QUIZ)
    attempt = Attempt.objects.filter(action=action, seller=seller).select_related("quiz__policy").first()
    if attempt and attempt.is_open(as_of=now):
        return take_up(attempt, seller=seller, user=user, violation=None, now=now)
    if attempt:
        raise AttemptsUsedUp(wording.milestone_quiz_taken())
    found = selectors.milestone_quizzes(seller=seller, as_of=now)
    offer = next((one for one in found if one.action.pk == action.pk), None)
    if offer is None:
        raise QuizNotAvailable(wording.no_milestone_quiz())
    month = month_start(now, zone=seller.market.zone)
    attempt = Attempt(quiz=offer.main_quiz, seller=seller, user=user, month=month, ordinal=1)
    attempt.action, attempt.share = offer.action, offer.share
    return begin(attempt, draw(offer.bank, count=offer.count), now=now)


def shorten_by(attempt: Attempt, *, now: datetime) -> None:
    """Put a shorter action in the place of a passed attempt's one, or note that it is over."""
    assert attempt.action is not None and attempt.share is not None  # noqa: S101, PT018  # the caller asked
    try:
        shorten_action(action=attempt.action, share=attempt.share, reason="Milestone quiz passed.", now=now)
    except NotShortened:
        attempt.unrewarded = Attempt.Unrewarded.ACTION_OVER

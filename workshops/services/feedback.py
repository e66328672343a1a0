"""What people who were there say of a workshop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from kit.outcomes import Refused
from sellers.models import Seller
from sellers.rules import Right
from sellers.services import lock_seller, refuse_without_right

from .. import feedback_wording
from ..feedback_selectors import why_no_feedback
from ..models import Feedback, FeedbackAnswer, FeedbackGiven, FeedbackQuestion, Workshop


class NoFeedback(Refused):
    """This seller cannot say now how the workshop was."""


Said = Mapping[int, int | str]
"""A rating or words by the id of the question."""


@transaction.atomic
def give_feedback(
    *, workshop: Workshop, seller: Seller, user: User, rating: int, text: str, said: Said, now: datetime
) -> Feedback:
    """Keep what a seller that was there says of a workshop, apart from who it is.

    Raises ``NoFeedback`` if it was not there, has said it before, or it is not the time for it.
    """
    seller = lock_seller(seller_id=seller.pk)
    refuse_without_right(person=user, seller=seller, right=Right.WORKSHOP)
    workshop = Workshop.objects.get(pk=workshop.pk)
    if (problem := why_no_feedback(workshop, seller, now=now)) is not None:
        raise NoFeedback(feedback_wording.why_no_feedback(problem, workshop=workshop))
    FeedbackGiven.objects.create(workshop=workshop, seller=seller)
    feedback = Feedback.objects.create(workshop=workshop, rating=rating, text=text)
    FeedbackAnswer.objects.bulk_create(
        _answer(feedback, question, said[question.pk])
        for question in workshop.feedback_questions.all()
        if said.get(question.pk)
    )
    return feedback


def _answer(feedback: Feedback, question: FeedbackQuestion, said: int | str) -> FeedbackAnswer:
    if question.kind == FeedbackQuestion.Kind.RATING:
        return FeedbackAnswer(feedback=feedback, question=question, rating=int(said))
    return FeedbackAnswer(feedback=feedback, question=question, text=str(said))

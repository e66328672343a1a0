"""Which pictures a seller may see."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from sellers.models import Seller

from ..models import AttemptQuestion, QuestionPicture


def picture_for(seller: Seller, picture_id: int, *, as_of: datetime) -> QuestionPicture | None:
    """A picture of a question drawn for the seller, or in use in a quiz open to practice (1 query)."""
    drawn = AttemptQuestion.objects.filter(question=OuterRef("question"), attempt__seller=seller)
    in_use = Q(question__state="published", question__quiz__published_at__lte=as_of)
    return QuestionPicture.objects.filter(in_use | Exists(drawn), pk=picture_id).first()

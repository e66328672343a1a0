"""Drawing some of the decided appeals, for a second reviewer."""

from __future__ import annotations

from datetime import datetime
from random import SystemRandom

from accounts.models import User

from ...models import Appeal, SecondReview

RANDOM = SystemRandom()


def draw_for_second_review(appeal: Appeal, *, decided_by: User, now: datetime) -> SecondReview | None:
    """Draw a decided appeal, as often as its market says; in the transaction of the decision.

    Nobody can know before they decide whether theirs is drawn.
    """
    if RANDOM.random() * 100 >= appeal.seller.market.second_review_percent:
        return None
    return SecondReview.objects.create(appeal=appeal, drawn_at=now, first_reviewer=decided_by)

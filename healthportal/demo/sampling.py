"""What a second reviewer says of decided appeals, so that there is an agreement to look at; the newest wait for one."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from sellers.models import Market
from violations.models import Appeal, SecondReview
from violations.services import review_again

WAIT = 2
DISAGREES = 4
"""Each so many-th time."""

SAME = "The recording and what the seller sent leave no other reading."
OTHER = "What the seller sent is weak, but it names this batch. I would have given it to them."


def review_samples(market: Market, reviewer: User, *, now: datetime) -> None:
    """Look at the decided appeals of a market that were drawn, without the newest ones."""
    drawn = SecondReview.objects.waiting().filter(appeal__seller__market=market).exclude(first_reviewer=reviewer)
    for number, review in enumerate(list(drawn.select_related("appeal").order_by("-drawn_at"))[WAIT:], 1):
        same = number % DISAGREES > 0 or review.appeal.state == Appeal.State.GRANTED
        decision, reason = (review.appeal.state, SAME) if same else (Appeal.State.GRANTED, OTHER)
        reviewed_at = min(review.drawn_at + timedelta(days=1), now)
        review_again(review=review, decision=decision, reason=reason, reviewed_by=reviewer, now=reviewed_at)

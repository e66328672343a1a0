"""What a second reviewer says of decided appeals, so that there is an agreement to look at; the newest wait for one."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from sellers.models import Market
from violations.models import Appeal, SecondReview
from violations.services import review_again

WAIT = 2
DISAGREES = 4
"""Of those that could be granted yet, each so many-th."""

SAME = "The recording and what the seller sent leave no other reading."
OTHER = "What the seller sent is weak, but it names this batch. I would have given it to them."


def review_samples(market: Market, reviewer: User, *, now: datetime) -> None:
    """Look at the decided appeals of a market that were drawn, without the newest ones."""
    drawn = SecondReview.objects.waiting().filter(appeal__seller__market=market).exclude(first_reviewer=reviewer)
    looked_at = list(drawn.select_related("appeal").order_by("-drawn_at", "-pk"))[WAIT:]
    could_be_granted = [review for review in looked_at if review.appeal.state != Appeal.State.GRANTED]
    for review in looked_at:
        differs = review in could_be_granted[::DISAGREES]
        decision, reason = (Appeal.State.GRANTED, OTHER) if differs else (review.appeal.state, SAME)
        reviewed_at = min(review.drawn_at + timedelta(days=1), now)
        review_again(review=review, decision=decision, reason=reason, reviewed_by=reviewer, now=reviewed_at)

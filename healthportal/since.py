"""What is new to a member since their last visit: how the total moved, and what they were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from inbox.models import Message
from inbox.selectors import messages_of
from sellers.models import Seller
from violations.models import PointsEntry

SHOWN = 5
"""Messages that the dashboard lists."""


@dataclass(frozen=True)
class Movement:
    """How the total went from ``before``, as it was known then, to ``now``: ``before + in_ - out - expired = now``.

    ``out`` is what quizzes, appeals and corrections took off; both it and ``expired`` are written without a sign.
    """

    before: int
    now: int
    violations: int
    in_: int
    out: int

    @property
    def expired(self) -> int:
        return self.before + self.in_ - self.out - self.now


@dataclass(frozen=True)
class SinceLastVisit:
    """What came after ``at``, when the visit before this one ended; at a first visit ``None``, and nothing is new.

    ``messages`` are the latest; ``new_messages`` counts those posted since.
    """

    at: datetime | None
    movement: Movement | None
    messages: Sequence[Message]
    new_messages: int


def since_last_visit(*, seller: Seller, user: User, at: datetime | None, as_of: datetime) -> SinceLastVisit:
    """What is new to a member (3 queries, 1 at a first visit). At least the latest messages are shown."""
    messages = messages_of(seller=seller, user=user)
    if at is None:
        return SinceLastVisit(None, None, list(messages[:SHOWN]), 0)
    new = messages.filter(posted_at__gt=at)
    return SinceLastVisit(at, movement(seller=seller, since=at, as_of=as_of), list(messages[:SHOWN]), new.count())


def movement(*, seller: Seller, since: datetime, as_of: datetime) -> Movement:
    """How a seller's total moved between two moments, by what was recorded in between (1 query)."""
    then = Q(recorded_at__lte=since, effective_at__lte=since, expires_at__gt=since)
    recorded = Q(recorded_at__gt=since, recorded_at__lte=as_of, expires_at__gt=since)
    assessed = recorded & Q(kind=PointsEntry.Kind.ASSESSMENT)
    numbers = PointsEntry.objects.filter(seller=seller).aggregate(
        before=_points(then),
        now=_points(Q(recorded_at__lte=as_of, effective_at__lte=as_of, expires_at__gt=as_of)),
        violations=Count("violation", filter=assessed, distinct=True),
        in_=_points(assessed),
        out=_points(recorded & ~Q(kind=PointsEntry.Kind.ASSESSMENT)),
    )
    return Movement(**{**numbers, "out": -numbers["out"]})


def _points(which: Q) -> Coalesce:
    return Coalesce(Sum("points", filter=which), 0)

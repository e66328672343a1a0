"""What is new to a member since their last visit: how the total moved, and what they were told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from inbox.models import Message
from inbox.selectors import News, news_among
from violations.models import PointsEntry
from violations.selectors import Explanation, LedgerEntry

IMPORTANT = (Message.Kind.VIOLATION, Message.Kind.ENFORCEMENT, Message.Kind.APPEAL)
"""The kinds of messages that may ask for something."""


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
    """What came after ``at``, when the visit before this one ended; at a first visit ``None``, and nothing is new."""

    at: datetime | None
    movement: Movement | None
    news: News


def since_last_visit(explanation: Explanation, messages: Iterable[Message], *, at: datetime | None) -> SinceLastVisit:
    """What is new to a member as of now, which is what the explanation is of; ``messages`` are those of the news."""
    news = news_among(messages, important=IMPORTANT)
    moved = None if at is None else movement(explanation.facts.ledger, since=at, as_of=explanation.now)
    return SinceLastVisit(at, moved, news)


def movement(ledger: Iterable[LedgerEntry], *, since: datetime, as_of: datetime) -> Movement:
    """How a seller's total moved between two moments, by what was recorded in between."""
    known = [entry for entry in ledger if entry.recorded_at <= as_of]
    then = [entry for entry in known if entry.recorded_at <= since and entry.counts(as_of=since)]
    recorded = [entry for entry in known if entry.recorded_at > since and entry.expires_at > since]
    assessed = [entry for entry in recorded if entry.kind == PointsEntry.Kind.ASSESSMENT]
    came = _points(assessed)
    return Movement(
        before=_points(then),
        now=_points(entry for entry in known if entry.counts(as_of=as_of)),
        violations=len({entry.violation_id for entry in assessed}),
        in_=came,
        out=came - _points(recorded),
    )


def _points(entries: Iterable[LedgerEntry]) -> int:
    return sum(entry.points for entry in entries)

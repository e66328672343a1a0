"""The sellers that a person acts for, side by side: where each stands, what has a deadline, what is unread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from accounts.models import User
from inbox.models import Message
from quizzes.selectors import OpenQuiz, open_quizzes_by_seller
from sellers.models import Market, Seller
from sellers.selectors import sellers_of
from violations.rules import StandingLevel
from violations.selectors import StandingLine, standings_of


@dataclass(frozen=True)
class OverviewLine:
    """One seller of a person. ``quiz_until`` is the last local day of the next quiz that can still take a point off."""

    standing: StandingLine
    quiz_until: date | None
    unread: int

    @property
    def seller(self) -> Seller:
        return self.standing.seller


def standings_for(user: User, *, wanted: str = "", as_of: datetime) -> list[StandingLine]:
    """Where a person's sellers stand, the worst first (4 queries); those that carry ``wanted`` in name or id."""
    sellers = sellers_of(user)
    if wanted:
        sellers = sellers.filter(Q(name__icontains=wanted) | Q(external_id__iexact=wanted))
    levels = list(StandingLevel)
    lines = standings_of(list(sellers), as_of=as_of)
    return sorted(lines, key=lambda line: (-levels.index(line.level), -line.total, line.seller.name, line.seller.pk))


def overview_of(lines: Sequence[StandingLine], *, user: User, as_of: datetime) -> list[OverviewLine]:
    """What else there is to know of some of a person's sellers (1 query, and 3 for each of their markets)."""
    unread = _unread([line.seller for line in lines], user)
    quizzes = _next_quizzes([line.seller for line in lines], as_of)
    return [OverviewLine(line, quizzes.get(line.seller.pk), unread.get(line.seller.pk, 0)) for line in lines]


def _unread(sellers: Sequence[Seller], user: User) -> dict[int, int]:
    messages = Message.objects.filter(seller__in=sellers).unread(user=user).order_by()
    return dict(messages.values_list("seller").annotate(count=Count("pk")))


def _next_quizzes(sellers: Sequence[Seller], as_of: datetime) -> dict[int, date]:
    by_market: dict[Market, list[int]] = defaultdict(list)
    for seller in sellers:
        by_market[seller.market].append(seller.pk)
    found: dict[int, date] = {}
    for market, seller_ids in by_market.items():
        for seller_id, quizzes in open_quizzes_by_seller(market=market, seller_ids=seller_ids, as_of=as_of).items():
            if days := [quiz.last_day for quiz in quizzes if _can_gain(quiz)]:
                found[seller_id] = min(days)
    return found


def _can_gain(quiz: OpenQuiz) -> bool:
    """Whether a pass is rewarded now or once the month's limits start anew."""
    return quiz.is_next_action or quiz.again_at is not None

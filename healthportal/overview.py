"""The sellers that a person acts for, side by side: where each stands, what has a deadline, what is unread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from accounts.models import User
from inbox.models import Message
from kit.database.reading import read_together
from quizzes.selectors import OpenQuiz, QuizReads, open_quizzes_among, quiz_reads
from sellers.models import Market, Seller
from sellers.selectors import sellers_of
from violations.models import AppealRequest
from violations.rules import StandingLevel
from violations.selectors import StandingLine, standings_of


@dataclass(frozen=True)
class OverviewLine:
    """One seller of a person. ``quiz_until`` is the last local day of the next quiz that can still take a point off.

    ``request`` is what a reviewer asks for about an appeal: the one to be answered first.
    """

    standing: StandingLine
    quiz_until: date | None
    request: AppealRequest | None
    unread: int

    @property
    def seller(self) -> Seller:
        return self.standing.seller


def standings_for(user: User, *, wanted: str = "", as_of: datetime) -> list[StandingLine]:
    """Where a person's sellers stand, the worst first (2 queries); those that carry ``wanted`` in name or id."""
    sellers = sellers_of(user)
    if wanted:
        sellers = sellers.called(wanted)
    levels = list(StandingLevel)
    lines = standings_of(list(sellers), as_of=as_of)
    return sorted(lines, key=lambda line: (-levels.index(line.level), -line.total, line.seller.name, line.seller.pk))


def overview_of(lines: Sequence[StandingLine], *, user: User, as_of: datetime) -> list[OverviewLine]:
    """What else there is to know of some of a person's sellers (1 query for any number of markets).

    Of a market whose time zone is not known any more no quiz is named: the list shows the others all the same.
    """
    by_market: dict[Market, list[int]] = defaultdict(list)
    for line in lines:
        if line.seller.market.has_known_zone:
            by_market[line.seller.market].append(line.seller.pk)
    reads = {market: quiz_reads(market=market, seller_ids=own, as_of=as_of) for market, own in by_market.items()}
    messages = Message.objects.filter(seller__in=[line.seller for line in lines]).unread(user=user).order_by()
    counted = messages.values_list("seller").annotate(count=Count("pk"))
    requests = AppealRequest.objects.waiting(at=as_of).filter(appeal__seller__in=[line.seller for line in lines])
    asked = requests.select_related("appeal").order_by("-answer_by")
    read_together(counted, asked, *(one for read in reads.values() for one in read))
    unread, until = dict(counted), _quizzes_until(reads, as_of)
    first = {request.appeal.seller_id: request for request in asked}
    return [
        OverviewLine(line, until.get(line.seller.pk), first.get(line.seller.pk), unread.get(line.seller.pk, 0))
        for line in lines
    ]


def _quizzes_until(reads: Mapping[Market, QuizReads], as_of: datetime) -> dict[int, date]:
    """By seller, the last day of the next quiz that can still take a point off."""
    found: dict[int, date] = {}
    for market, read in reads.items():
        for seller_id, quizzes in open_quizzes_among(read, market=market, as_of=as_of).items():
            if days := [quiz.last_day for quiz in quizzes if _can_gain(quiz)]:
                found[seller_id] = min(days)
    return found


def _can_gain(quiz: OpenQuiz) -> bool:
    """Whether a pass is rewarded now or once the month's limits start anew."""
    return quiz.is_next_action or quiz.again_at is not None

"""Which quizzes are open to a seller, what they can remove and until when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from kit.database.reading import read_together
from kit.dates import last_day_before, month_start
from sellers.models import Market, Seller
from violations.models import Violation

from .. import rules
from ..models import Attempt, Quiz
from .eligible import (
    EligibleViolation,
    eligible_among,
    eligible_for,
    violations_with_open_window,
    with_points_left,
)

LONGEST_ATTEMPT = rules.ATTEMPT_TIME * max(User.TimeFactor.values)
"""No attempt goes on for longer after the end of its window."""


@dataclass(frozen=True)
class MonthUse:
    """What a seller used of a local month's limits at a moment."""

    attempts: Mapping[int, int]
    """Attempts started, less those given back, by quiz id: below zero if one of an earlier month was given back."""
    rewards: int
    """Rewarded passes of all quizzes."""


@dataclass(frozen=True)
class OpenQuiz:
    """A quiz that a seller can take at a moment, because at least one of its policy's violations is eligible.

    ``eligible`` is ordered by deadline: the first is the one a pass removes points from unless the seller picks
    another. Attempts are counted per quiz, rewarded passes over all quizzes, both in the local month of the moment.
    """

    quiz: Quiz
    eligible: Sequence[EligibleViolation]
    attempts_used: int
    rewards_used: int
    rewards_limit: int
    open_attempt: Attempt | None
    next_month_at: datetime

    @property
    def picked(self) -> EligibleViolation:
        """The one whose window closes first."""
        return self.eligible[0]

    @property
    def closes_at(self) -> datetime:
        """The next deadline (exclusive, UTC)."""
        return self.picked.closes_at

    @property
    def last_day(self) -> date:
        """The local day at whose end the next deadline is: "Take the quiz by 31 Dec"."""
        return self.picked.last_day

    @property
    def goal(self) -> EligibleViolation:
        """The one that a pass removes points from: what the open attempt picked, else ``picked``."""
        wanted = self.open_attempt.violation_id if self.open_attempt else None
        return next((item for item in self.eligible if item.violation.pk == wanted), self.picked)

    @property
    def gain(self) -> int:
        """The points that a rewarded pass removes from ``goal``; none in a market that rewards no passes."""
        return self.gain_on(self.goal)

    def gain_on(self, item: EligibleViolation) -> int:
        """The points that a rewarded pass removes from one of ``eligible``."""
        return min(self.quiz.pass_points, item.points_left) if self.rewards_limit else 0

    @property
    def points_at_stake(self) -> int:
        """The points that all eligible violations have left."""
        return sum(item.points_left for item in self.eligible)

    @property
    def attempts_left(self) -> int:
        return rules.remaining(limit=self.quiz.attempts_per_month, used=self.attempts_used)

    @property
    def attempts_limit(self) -> int:
        """How many attempts the month has, with those of earlier months that were given back in it."""
        return max(self.quiz.attempts_per_month, self.attempts_left)

    @property
    def rewards_left(self) -> int:
        return rules.remaining(limit=self.rewards_limit, used=self.rewards_used)

    @property
    def can_take(self) -> bool:
        """Whether an attempt can be started or continued now."""
        return self.open_attempt is not None or self.attempts_left > 0

    @property
    def is_next_action(self) -> bool:
        """Whether taking it now can remove a point now."""
        return self.can_take and self.rewards_left > 0

    @property
    def last_chance(self) -> date:
        """The last local day of the window that closes last."""
        return self.eligible[-1].last_day

    @property
    def again_at(self) -> datetime | None:
        """When the limits start anew, if a window is still open and something can be gained then."""
        if not self.rewards_limit:
            return None
        return self.next_month_at if any(e.closes_at > self.next_month_at for e in self.eligible) else None


def open_quizzes(*, seller: Seller, as_of: datetime, known_before: datetime | None = None) -> list[OpenQuiz]:
    """The quizzes open to a seller at a moment, the next deadline first (1 query)."""
    by_seller = open_quizzes_by_seller(
        market=seller.market, seller_ids=[seller.pk], as_of=as_of, known_before=known_before
    )
    return by_seller.get(seller.pk, [])


def quiz_for(*, seller: Seller, quiz: Quiz, as_of: datetime) -> OpenQuiz | None:
    """One quiz as its eligible violations make it, ``None`` if there are none (2 queries).

    Also one that is not published: an attempt that is open can be finished and brings its reward.
    """
    eligible = eligible_for(quiz=quiz, seller=seller, as_of=as_of, begun_at=as_of - LONGEST_ATTEMPT)
    if not eligible:
        return None
    own = _attempts_that_matter(market=seller.market, seller_ids=[seller.pk], as_of=as_of)
    return _open_quiz(seller.market, quiz, eligible, list(own), as_of=as_of)


@dataclass(frozen=True)
class QuizReads:
    """What open quizzes are made of: read together, and with more if a page wants it."""

    violations: QuerySet[Violation]
    quizzes: QuerySet[Quiz]
    attempts: QuerySet[Attempt]

    def __iter__(self) -> Iterator[QuerySet[Any]]:
        return iter((self.violations, self.quizzes, self.attempts))


def quiz_reads(
    *, market: Market, seller_ids: Sequence[int], as_of: datetime, known_before: datetime | None = None
) -> QuizReads:
    """The reads of ``open_quizzes_by_seller``."""
    told = violations_with_open_window(
        market=market, seller_ids=seller_ids, as_of=as_of, begun_at=as_of - LONGEST_ATTEMPT
    )
    breached = told.values("policy_version__policy")
    quizzes = Quiz.objects.filter(policy__in=breached, published_at__lte=as_of).select_related("policy__article")
    return QuizReads(
        violations=with_points_left(told, as_of=as_of, known_before=known_before),
        quizzes=quizzes,
        attempts=_attempts_that_matter(market=market, seller_ids=seller_ids, as_of=as_of),
    )


def quiz_page(*, seller: Seller, policy_code: str) -> Quiz:
    """The quiz of a policy if it concerns the seller: published, or once there for it.

    What was unpublished stays for whoever has an attempt at it or a violation of its policy: reports, messages and
    bookmarks lead there. Raises ``Quiz.DoesNotExist``.
    """
    attempts = Attempt.objects.filter(seller=seller, quiz=OuterRef("pk"))
    violations = Violation.objects.filter(seller=seller, policy_version__policy=OuterRef("policy"))
    known = Q(published_at__isnull=False) | Exists(attempts) | Exists(violations)
    return Quiz.objects.select_related("policy__article").filter(known).get(policy__code=policy_code)


def open_quizzes_by_seller(
    *, market: Market, seller_ids: Sequence[int], as_of: datetime, known_before: datetime | None = None
) -> dict[int, list[OpenQuiz]]:
    """The open quizzes of many sellers of a market at a moment, in one query as well; sellers without are left out.

    With ``known_before`` violations, points and voidings recorded at or after that moment are not seen: what a closed
    week knew.
    """
    reads = quiz_reads(market=market, seller_ids=seller_ids, as_of=as_of, known_before=known_before)
    read_together(*reads)
    return open_quizzes_among(reads, market=market, as_of=as_of)


def open_quizzes_among(reads: QuizReads, *, market: Market, as_of: datetime) -> dict[int, list[OpenQuiz]]:
    """The same from reads that are done."""
    eligible = eligible_among(reads.violations, market=market)
    quizzes = {quiz.policy_id: quiz for quiz in reads.quizzes}
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in reads.attempts:
        attempts[attempt.seller_id].append(attempt)
    result: dict[int, list[OpenQuiz]] = {}
    for (seller_id, policy_id), found in eligible.items():
        quiz = quizzes.get(policy_id)
        if quiz and (item := _open_quiz(market, quiz, found, attempts[seller_id], as_of=as_of)):
            result.setdefault(seller_id, []).append(item)
    for quizzes_of_seller in result.values():
        quizzes_of_seller.sort(key=lambda item: (item.closes_at, item.quiz.policy.name))
    return result


def _open_quiz(
    market: Market, quiz: Quiz, found: Iterable[EligibleViolation], attempts: Sequence[Attempt], *, as_of: datetime
) -> OpenQuiz | None:
    """A quiz as what was found makes it; ``None`` if all of that is closed, and no open attempt was begun before."""
    unfinished = next((a for a in attempts if a.quiz_id == quiz.pk and _was_open(a, as_of=as_of)), None)
    held = [_held(item, unfinished, zone=market.zone) for item in found]
    eligible = [item for item in held if item.window.is_open(as_of=as_of)]
    if not eligible:
        return None
    use = _month_use(attempts, month=month_start(as_of, zone=market.zone), as_of=as_of)
    return OpenQuiz(
        quiz=quiz,
        eligible=eligible,
        attempts_used=use.attempts.get(quiz.pk, 0),
        rewards_used=use.rewards,
        rewards_limit=market.rewarded_passes_per_month,
        open_attempt=unfinished,
        next_month_at=rules.next_month_starts_at(as_of=as_of, zone=market.zone),
    )


def _was_open(attempt: Attempt, *, as_of: datetime) -> bool:
    """Whether an attempt that had been started by a moment was open at it."""
    return as_of < attempt.ends_at and (attempt.submitted_at is None or as_of < attempt.submitted_at)


def _held(item: EligibleViolation, attempt: Attempt | None, *, zone: ZoneInfo) -> EligibleViolation:
    """What an attempt begun in its window can remove points from stays open until the attempt's time is over."""
    if attempt is None or not item.window.is_open(as_of=attempt.started_at) or item.closes_at >= attempt.ends_at:
        return item
    window = rules.Window(item.window.opens_at, attempt.ends_at, last_day_before(attempt.ends_at, zone=zone))
    return replace(item, window=window)


def _month_use(attempts: Iterable[Attempt], *, month: date, as_of: datetime) -> MonthUse:
    """Count what one seller's attempts used of a local month (its first day) at a moment."""
    started: dict[int, int] = {}
    rewards = 0
    for attempt in attempts:
        if attempt.month == month:
            started[attempt.quiz_id] = started.get(attempt.quiz_id, 0) + 1
        if attempt.given_back_in == month:
            started[attempt.quiz_id] = started.get(attempt.quiz_id, 0) - 1
        if attempt.reward_month == month and attempt.submitted_at is not None and attempt.submitted_at <= as_of:
            rewards += 1
    return MonthUse(started, rewards)


def _attempts_that_matter(*, market: Market, seller_ids: Sequence[int], as_of: datetime) -> QuerySet[Attempt]:
    """The attempts started by a moment that count in its local month, were given back in it, or are open."""
    month = month_start(as_of, zone=market.zone)
    open_then = Q(ends_at__gt=as_of) & (Q(submitted_at=None) | Q(submitted_at__gt=as_of))
    return Attempt.objects.filter(
        Q(month=month) | Q(reward_month=month) | Q(given_back_in=month) | open_then,
        seller__in=list(seller_ids),
        started_at__lte=as_of,
        action=None,
    )

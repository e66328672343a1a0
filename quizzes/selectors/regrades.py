"""What a regrade of a question would do, and how drawn questions were corrected since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum

from kit.dates import month_start
from kit.scopes import Scope
from sellers.models import Market, Seller
from violations.models import PointsEntry

from ..models import Attempt, AttemptQuestion, AttemptQuestionQuerySet, Question, Regrade, RegradedAttempt
from .eligible import EligibleViolation, eligible_violations

MAX_NAMED_ATTEMPTS = 50
"""How many attempts a preview names."""
CHUNK = 2_000

Outcome = RegradedAttempt.Outcome


def corrected(asked: Collection[AttemptQuestion]) -> Collection[AttemptQuestion]:
    """Puts to drawn questions the approved regrades of their questions, the last first (1 query)."""
    found: dict[int, list[Regrade]] = defaultdict(list)
    for regrade in Regrade.objects.approved().filter(question__in=[one.question_id for one in asked]).order_by("-pk"):
        found[regrade.question_id].append(regrade)
    for one in asked:
        one.corrections = found[one.question_id]
    return asked


def answered_so(question: Question, right_ids: Collection[int]) -> AttemptQuestionQuerySet:
    """The times a question was drawn and answered with exactly these choices, in attempts that were not passed.

    Those whose time ran out are not passed whatever the answers. In the order in which they were drawn.
    """
    right = sorted(right_ids)
    answered = AttemptQuestion.objects.filter(question=question, chosen__contains=right, chosen__contained_by=right)
    return answered.filter(attempt__passed=False, attempt__submitted_at__lt=F("attempt__ends_at")).order_by("pk")


def own_sellers_regraded(question: Question, right_ids: Collection[int], *, person: Any) -> QuerySet[Seller]:
    """The sellers that a person may act for with an attempt that would be graded again."""
    affected = answered_so(question, right_ids).order_by().values("attempt__seller")
    return Seller.objects.for_member(person).filter(pk__in=affected).order_by("pk")


@dataclass(frozen=True)
class WouldPass:
    """An attempt that a regrade would make a pass, and what would follow now."""

    attempt: Attempt
    outcome: Outcome
    points: int = 0
    total: int = 0
    """The seller's points now."""


@dataclass
class RegradePreview:
    """What a regrade would do at a moment. ``improved`` counts also attempts that stay failed; ``first`` are some."""

    improved: int
    passes: int = 0
    outcomes: dict[Outcome, int] = field(default_factory=lambda: defaultdict(int))
    points: int = 0
    first: list[WouldPass] = field(default_factory=list)

    @property
    def credited(self) -> int:
        return self.outcomes[Outcome.CREDITED]

    @property
    def given_back(self) -> int:
        return self.outcomes[Outcome.GIVEN_BACK]

    @property
    def of_actions(self) -> int:
        return self.outcomes[Outcome.SHORTENED] + self.outcomes[Outcome.ACTION_OVER]


def preview_regrade(
    question: Question, right_ids: Collection[int], *, as_of: datetime, named: Scope = None
) -> RegradePreview:
    """What grading again would do now: one after the other, as it would be done (a few queries for 2,000 attempts).

    Counted over all sellers; those that it names are of the markets ``named``, or of all.
    """
    affected = answered_so(question, right_ids)
    preview = RegradePreview(improved=affected.count())
    for attempts in _in_chunks(_would_pass(affected)):
        for would in _outcomes(question, attempts, as_of=as_of):
            preview.passes += 1
            preview.outcomes[would.outcome] += 1
            preview.points += would.points
            if len(preview.first) < MAX_NAMED_ATTEMPTS and (named is None or would.attempt.seller.market_id in named):
                preview.first.append(would)
    preview.first = _with_totals(preview.first, as_of=as_of)
    return preview


def _would_pass(affected: AttemptQuestionQuerySet) -> QuerySet[Attempt]:
    """Of one seller together, and of each in the order in which they were begun: limits are used up in it."""
    asked = AttemptQuestion.objects.filter(attempt=OuterRef("pk")).order_by().values("attempt")
    attempts = Attempt.objects.filter(pk__in=affected.order_by().values("attempt"))
    counted = attempts.annotate(asked=Subquery(asked.values(number=Count("pk"))))
    missing_one = counted.filter(asked=F("right_answers") + 1)
    return missing_one.select_related("seller__market", "action", "quiz__policy").order_by("seller", "pk")


def _in_chunks(attempts: QuerySet[Attempt]) -> Iterator[list[Attempt]]:
    """Lists of about ``CHUNK`` attempts, a seller's all in one."""
    found, chunk = attempts.iterator(chunk_size=CHUNK), list[Attempt]()
    for attempt in found:
        if len(chunk) >= CHUNK and attempt.seller_id != chunk[-1].seller_id:
            yield chunk
            chunk = []
        chunk.append(attempt)
    if chunk:
        yield chunk


def _outcomes(question: Question, attempts: Sequence[Attempt], *, as_of: datetime) -> Iterator[WouldPass]:
    markets: dict[Market, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        markets[attempt.seller.market].append(attempt)
    for market, own in markets.items():
        simulated = _Rewards.of(question, market, own, as_of=as_of)
        yield from (simulated.next(attempt) for attempt in own)


@dataclass
class _Rewards:
    """What is left to be given in a market while attempts are graded one after the other."""

    question: Question
    market: Market
    as_of: datetime
    used: dict[tuple[int, date], int]
    eligible: dict[int, list[EligibleViolation]]
    left: dict[int, int]

    @classmethod
    def of(cls, question: Question, market: Market, attempts: Sequence[Attempt], *, as_of: datetime) -> _Rewards:
        sellers, policy = {one.seller_id for one in attempts}, question.quiz.policy_id
        eligible = eligible_violations(
            market=market, seller_ids=sellers, as_of=as_of, policy_id=policy,
            begun_at=min(one.started_at for one in attempts),
        )  # fmt: skip
        left = {item.violation.pk: item.points_left for items in eligible.values() for item in items}
        return cls(question, market, as_of, _rewards_used(sellers), eligible, left)

    def next(self, attempt: Attempt) -> WouldPass:
        if attempt.action is not None:
            goes_on = attempt.action.lifted_at is None and (attempt.action.ends_at or self.as_of) > self.as_of
            return WouldPass(attempt, Outcome.SHORTENED if goes_on else Outcome.ACTION_OVER)
        month = month_start(attempt.submitted_at or self.as_of, zone=self.market.zone)
        used = self.used.get((attempt.seller_id, month), 0)
        item = self._next_item(attempt) if used < self.market.rewarded_passes_per_month else None
        if item is None:
            return WouldPass(attempt, Outcome.GIVEN_BACK)
        points = min(self.question.quiz.pass_points, self.left[item.violation.pk])
        self.left[item.violation.pk] -= points
        self.used[attempt.seller_id, month] = used + 1
        return WouldPass(attempt, Outcome.CREDITED, points)

    def _next_item(self, attempt: Attempt) -> EligibleViolation | None:
        """As ``services.rewarding`` takes them: the one picked, else the one whose window closes first."""
        told_by = attempt.submitted_at or self.as_of
        own = [
            item
            for item in self.eligible.get(attempt.seller_id, [])
            if self.left[item.violation.pk] > 0
            and item.closes_at > attempt.started_at
            and item.violation.recorded_at <= told_by
        ]
        return min(own, key=lambda item: item.violation.pk != attempt.violation_id, default=None)


def _rewards_used(sellers: Collection[int]) -> dict[tuple[int, date], int]:
    rewarded = Attempt.objects.filter(seller__in=sellers, reward_month__isnull=False).order_by()
    counted = rewarded.values_list("seller", "reward_month").annotate(Count("pk"))
    return {(seller, month): number for seller, month, number in counted}


def _with_totals(found: Iterable[WouldPass], *, as_of: datetime) -> list[WouldPass]:
    shown = list(islice(found, MAX_NAMED_ATTEMPTS))
    entries = PointsEntry.objects.filter(seller__in={one.attempt.seller_id for one in shown}).counting(as_of=as_of)
    totals = dict(entries.order_by().values_list("seller").annotate(Sum("points")))
    return [replace(one, total=totals.get(one.attempt.seller_id, 0)) for one in shown]


def next_to_regrade(regrade: Regrade, *, limit: int) -> list[AttemptQuestion]:
    """The next answers that count as right by a regrade, with their attempts' sellers (1 query)."""
    answered = answered_so(regrade.question, regrade.right_ids).filter(pk__gt=regrade.last_asked_id)
    return list(answered.select_related("attempt__seller")[:limit])

"""How the decisions of appeals turned out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.core.cache import cache
from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Max, Q

from kit.backoffice.scopes import in_scope
from kit.confidence_intervals import wilson_interval
from kit.scopes import Scope, scope_key
from sellers.models import Market

from ..models import Appeal, AppealQuerySet, SecondReview

KEPT_SECONDS = 60

MAX_USUAL_DECISIONS = 50
MIN_USUAL_DECISIONS = 10
"""Of how many decisions what is usual is said at most, and at least."""
USUAL_KEPT_SECONDS = 600


class _Median(Aggregate):
    """The value in the middle, as Postgres computes it."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class DecisionLine:
    """How the appeals of one policy, or those that one reviewer decided, turned out; ``name`` is whose."""

    name: str
    granted: int
    partly: int
    denied: int
    median_time: timedelta

    @property
    def decided(self) -> int:
        return self.granted + self.partly + self.denied

    @property
    def overturned(self) -> int:
        """Percent of the decisions that granted the appeal, wholly or in part."""
        return round(100 * (self.granted + self.partly) / self.decided)


@dataclass(frozen=True)
class Decisions:
    """All decisions of a time together (``None`` if there are none), by policy, reviewer and reason, the most first.

    Reviewers are named by email address. Time runs from filing to the decision.
    """

    total: DecisionLine | None
    by_policy: list[DecisionLine]
    by_reviewer: list[DecisionLine]
    by_reason: list[DecisionLine]


def recent_decisions(*, days: int, as_of: datetime, markets: Scope = None) -> Decisions:
    """What was decided in the last days, in some markets or in all (4 queries).

    An answer is up to ``KEPT_SECONDS`` old. They read every decision of that time, so a time is always given: what was
    decided since a portal opened has no end.
    """

    def count() -> Decisions:
        recent = Appeal.objects.decided().filter(decided_at__gt=as_of - timedelta(days=days))
        decided = in_scope(recent, markets).order_by()
        return Decisions(
            total=_total(decided),
            by_policy=_lines(decided, by="violation__policy_version__policy__name"),
            by_reviewer=_lines(decided, by="decided_by__email"),
            by_reason=_lines(decided.exclude(reason_code=""), by="reason_code", called="reason_label"),
        )

    return cast("Decisions", cache.get_or_set(f"decisions-{days}-{scope_key(markets)}", count, KEPT_SECONDS))


@dataclass(frozen=True)
class Agreement:
    """How often second reviewers would have decided as a reviewer did."""

    name: str
    agreed: int
    reviewed: int

    @property
    def interval(self) -> tuple[int, int]:
        """In percent, by 95 % (Wilson)."""
        low, high = wilson_interval(self.agreed, self.reviewed)
        return round(100 * low), round(100 * high)


def agreements(*, days: int, as_of: datetime, markets: Scope = None) -> list[Agreement]:
    """Of the second reviews of the last days, by who had decided, the most first (1 query)."""
    done = in_scope(SecondReview.objects.filter(reviewed_at__gt=as_of - timedelta(days=days)), markets).order_by()
    same = Count("pk", filter=Q(decision=F("appeal__state")))
    rows = done.values(name=F("first_reviewer__email")).annotate(agreed=same, reviewed=Count("pk"))
    lines = [Agreement(**row) for row in rows]
    return sorted(lines, key=lambda line: (-line.reviewed, line.name))


def _total(decided: AppealQuerySet) -> DecisionLine | None:
    [numbers] = [decided.aggregate(**_numbers())]
    return DecisionLine("All", **numbers) if numbers["median_time"] is not None else None


def _lines(decided: AppealQuerySet, *, by: str, called: str = "") -> list[DecisionLine]:
    """A line for each value of ``by``, and after it what it is ``called`` in one of the decisions."""
    words = {"words": Max(called)} if called else {}
    rows: list[dict[str, Any]] = list(decided.values(name=F(by)).annotate(**_numbers(), **words))  # type: ignore[arg-type]  # as annotated
    for row in rows:
        row["name"] = ": ".join(filter(None, [row["name"], row.pop("words", "")]))
    lines = [DecisionLine(**row) for row in rows]
    return sorted(lines, key=lambda line: (-line.decided, line.name))


def _taken() -> ExpressionWrapper[Any]:
    """The time from filing to the decision, without that during which the seller was asked for something."""
    stood = F("decide_by") - F("first_decide_by")
    return ExpressionWrapper(F("decided_at") - F("filed_at") - stood, output_field=DurationField())


@dataclass(frozen=True)
class UsualTime:
    """The time within which half of a market's last decided appeals were decided, and of how many."""

    time: timedelta
    count: int


def usual_time(*, market: Market) -> UsualTime | None:
    """How long decisions take in a market, ``None`` as long as few were taken (1 query).

    An answer is up to ``USUAL_KEPT_SECONDS`` old.
    """
    found = cache.get_or_set(f"usual-time-{market.pk}", lambda: _last_times(market), USUAL_KEPT_SECONDS)
    times = cast("list[timedelta]", found)
    return UsualTime(times[(len(times) - 1) // 2], len(times)) if len(times) >= MIN_USUAL_DECISIONS else None


def _last_times(market: Market) -> list[timedelta]:
    """The times that the last decisions of a market took, the shortest first."""
    decided = Appeal.objects.decided().filter(seller__market=market).order_by("-decided_at")
    return sorted(decided.annotate(taken=_taken()).values_list("taken", flat=True)[:MAX_USUAL_DECISIONS])


def _numbers() -> dict[str, Aggregate]:
    taken = _taken()
    return {
        "granted": Count("pk", filter=Q(state=Appeal.State.GRANTED)),
        "partly": Count("pk", filter=Q(state=Appeal.State.PARTLY_GRANTED)),
        "denied": Count("pk", filter=Q(state=Appeal.State.DENIED)),
        "median_time": _Median(taken),
    }

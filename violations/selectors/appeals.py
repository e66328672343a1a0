"""Appeals: a seller's, the reviewers' queue, and how decisions turn out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

from django.core.cache import cache
from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q

from sellers.models import Seller

from ..models import Appeal, AppealQuerySet

DECISIONS_KEPT_SECONDS = 60
Counted = TypeVar("Counted")


def appeals_of(*, seller: Seller) -> AppealQuerySet:
    """A seller's appeals, the latest first, each with its violation and policy."""
    return Appeal.objects.filter(seller=seller).select_related("violation__policy_version__policy", "credit")


def get_appeal(*, seller: Seller, appeal_id: int) -> Appeal:
    """One appeal of a seller. Raises ``Appeal.DoesNotExist`` for anybody else's."""
    appeals = appeals_of(seller=seller).select_related("violation__market", "filed_by")
    return appeals.get(pk=appeal_id)


def appealed_violations(*, seller: Seller) -> set[int]:
    """The ids of a seller's violations that cannot be appealed again: all but those whose appeal was withdrawn."""
    appeals = Appeal.objects.filter(seller=seller).exclude(state=Appeal.State.WITHDRAWN)
    return set(appeals.values_list("violation_id", flat=True))


def appeal_queue() -> AppealQuerySet:
    """The appeals that wait for a decision, the one that is to be decided first coming first."""
    return Appeal.objects.open().order_by("decide_by", "id")


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


def decisions_by_policy() -> list[DecisionLine]:
    """The decisions of each policy's appeals, most first (1 query). Time runs from filing to the decision."""
    return _kept("policy", lambda: _decision_lines("violation__policy_version__policy__name"))


def decisions_by_reviewer() -> list[DecisionLine]:
    """The decisions of each reviewer, named by email address, most first (1 query)."""
    return _kept("reviewer", lambda: _decision_lines("decided_by__email"))


def all_decisions() -> DecisionLine | None:
    """All decisions together, ``None`` if there are none (1 query)."""
    return _kept("all", _all_decisions)


def _all_decisions() -> DecisionLine | None:
    [numbers] = [Appeal.objects.decided().aggregate(**_decision_numbers())]
    return DecisionLine("All", **numbers) if numbers["median_time"] is not None else None


def _kept(name: str, count: Callable[[], Counted]) -> Counted:
    """Counting reads every appeal, so what staff see is up to ``DECISIONS_KEPT_SECONDS`` old."""
    return cast("Counted", cache.get_or_set(f"decisions-{name}", count, DECISIONS_KEPT_SECONDS))


def _decision_lines(by: str) -> list[DecisionLine]:
    rows = Appeal.objects.decided().order_by().values(name=F(by)).annotate(**_decision_numbers())
    lines = [DecisionLine(**row) for row in rows]  # type: ignore[call-arg]  # as annotated
    return sorted(lines, key=lambda line: (-line.decided, line.name))


def _decision_numbers() -> dict[str, Aggregate]:
    taken = ExpressionWrapper(F("decided_at") - F("filed_at"), output_field=DurationField())
    return {
        "granted": Count("pk", filter=Q(state=Appeal.State.GRANTED)),
        "partly": Count("pk", filter=Q(state=Appeal.State.PARTLY_GRANTED)),
        "denied": Count("pk", filter=Q(state=Appeal.State.DENIED)),
        "median_time": _Median(taken),
    }

"""Where a seller stands: the total, the level, the milestones and what is in force, at any moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet, Sum

from kit.database.reading import read_together
from sellers.models import Market, Seller

from .. import rules
from ..models import EnforcementAction, Milestone, PointsEntry


@dataclass(frozen=True)
class Standing:
    """A seller's standing as of a moment. ``total`` is the sum of the ledger entries that count then."""

    as_of: datetime
    total: int
    level: rules.StandingLevel
    milestones: Sequence[Milestone]
    progress: Sequence[rules.MilestoneProgress]
    next_milestone: Milestone | None
    is_approaching: bool
    in_force: Sequence[EnforcementAction]
    upcoming: Sequence[EnforcementAction]

    @property
    def distance(self) -> int | None:
        """Points left to the next milestone, ``None`` above the last."""
        return None if self.next_milestone is None else self.next_milestone.points - self.total

    @property
    def reached_milestone(self) -> Milestone | None:
        """The highest milestone at or below the total, ``None`` below the first."""
        return next((m for m in reversed(self.milestones) if m.points <= self.total), None)


T = TypeVar("T")

TOLD_OF_ACTIONS = ("milestone", "notice", "violation__policy_version__policy")
"""What pages say of an action beside itself."""


def get_standing(*, seller: Seller, as_of: datetime) -> Standing:
    """Work out a seller's standing from the ledger and the market's numbers as they are now (2 queries).

    A past moment is explained by the numbers of then: ``explain`` does that.
    """
    total = PointsEntry.objects.filter(seller=seller).counting(as_of=as_of).total()
    milestones, actions = standing_reads(seller)
    read_together(milestones, actions)
    return standing_of(total, milestones=milestones, actions=actions, as_of=as_of, market=seller.market)


def standing_reads(seller: Seller) -> tuple[QuerySet[Milestone], QuerySet[EnforcementAction]]:
    """The milestones of a seller's market, and the actions of the seller: all there ever were."""
    actions = EnforcementAction.objects.filter(seller=seller).select_related(*TOLD_OF_ACTIONS)
    return seller.market.milestones.order_by("points"), actions


def standing_of(
    total: int,
    *,
    milestones: Iterable[Milestone],
    actions: Iterable[EnforcementAction],
    as_of: datetime,
    market: Market,
) -> Standing:
    """What a total means at a moment, and what is in force or announced then; ``market`` has the numbers of then."""
    milestones = [milestone for milestone in milestones if milestone.is_in_force(as_of=as_of)]
    thresholds = [milestone.points for milestone in milestones]
    upcoming_points = rules.next_threshold(total, thresholds)
    is_approaching = rules.approaches(total, upcoming_points, within=market.approach_points)
    in_force = [action for action in actions if action.is_in_force(as_of=as_of)]
    return Standing(
        as_of=as_of,
        total=total,
        level=_level(total, thresholds, market=market, kinds=[action.kind for action in in_force]),
        milestones=milestones,
        progress=rules.milestone_progress(total, thresholds),
        next_milestone=next((m for m in milestones if m.points == upcoming_points), None),
        is_approaching=is_approaching,
        in_force=in_force,
        upcoming=[action for action in actions if action.is_upcoming(as_of=as_of)],
    )


def _level(total: int, thresholds: Sequence[int], *, market: Market, kinds: Iterable[str]) -> rules.StandingLevel:
    approaching = rules.approaches(total, rules.next_threshold(total, thresholds), within=market.approach_points)
    reached = rules.is_at_or_above_any(total, thresholds)
    return rules.standing_level(approaching=approaching, reached=reached, actions_in_force=kinds)


@dataclass(frozen=True)
class StandingLine:
    """Where one of many sellers stands. ``distance`` is how many points are left before the next milestone."""

    seller: Seller
    total: int
    level: rules.StandingLevel
    distance: int | None


def standings_of(sellers: Sequence[Seller], *, as_of: datetime) -> list[StandingLine]:
    """Where sellers stand, in their order, each with its market at hand (1 query for any number)."""
    counting = PointsEntry.objects.filter(seller__in=sellers).counting(as_of=as_of).order_by()
    totals = counting.values_list("seller").annotate(total=Sum("points"))
    in_force = EnforcementAction.objects.filter(seller__in=sellers).in_force(as_of=as_of)
    actions = in_force.order_by().values_list("seller", "kind")
    milestones = Milestone.objects.filter(market__in={seller.market_id for seller in sellers}).in_force(as_of=as_of)
    thresholds = milestones.values_list("market", "points")
    read_together(totals, actions, thresholds)
    total_of, kinds, points = dict(totals), _by_first(actions), _by_first(thresholds)
    return [_line(one, total_of.get(one.pk, 0), points[one.market_id], kinds[one.pk]) for one in sellers]


def _by_first(pairs: Iterable[tuple[int, T]]) -> dict[int, list[T]]:
    """The second of pairs by their first, in their order; an empty list for any other."""
    found: dict[int, list[T]] = defaultdict(list)
    for first, second in pairs:
        found[first].append(second)
    return found


def _line(seller: Seller, total: int, thresholds: Sequence[int], kinds: Sequence[str]) -> StandingLine:
    upcoming = rules.next_threshold(total, thresholds)
    return StandingLine(
        seller=seller,
        total=total,
        level=_level(total, thresholds, market=seller.market, kinds=kinds),
        distance=None if upcoming is None else upcoming - total,
    )

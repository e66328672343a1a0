"""Where a seller stands: the total, the level, the milestones and what is in force, at any moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

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


TOLD_OF_ACTIONS = ("milestone", "notice", "violation__policy_version__policy")
"""What pages say of an action beside itself."""


def get_standing(*, seller: Seller, as_of: datetime) -> Standing:
    """Work out a seller's standing from the ledger and the market's numbers as they are now (3 queries).

    A past moment is explained by the numbers of then: ``explain`` does that.
    """
    total = PointsEntry.objects.filter(seller=seller).counting(as_of=as_of).total()
    return standing_of(seller=seller, total=total, as_of=as_of)


def standing_of(*, seller: Seller, total: int, as_of: datetime, market: Market | None = None) -> Standing:
    """What a total means for a seller at a moment, and what is in force or announced then (2 queries).

    ``market`` has the numbers of that moment, if they are not those of now.
    """
    market = market or seller.market
    milestones = list(seller.market.milestones.in_force(as_of=as_of))
    thresholds = [milestone.points for milestone in milestones]
    upcoming_points = rules.next_threshold(total, thresholds)
    is_approaching = rules.approaches(total, upcoming_points, within=market.approach_points)
    not_over = EnforcementAction.objects.filter(seller=seller).not_over(as_of=as_of).select_related(*TOLD_OF_ACTIONS)
    in_force = [action for action in not_over if action.starts_at <= as_of]
    return Standing(
        as_of=as_of,
        total=total,
        level=_level(total, thresholds, market=market, kinds=[action.kind for action in in_force]),
        milestones=milestones,
        progress=rules.milestone_progress(total, thresholds),
        next_milestone=next((m for m in milestones if m.points == upcoming_points), None),
        is_approaching=is_approaching,
        in_force=in_force,
        upcoming=[action for action in not_over if action.starts_at > as_of],
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
    """Where sellers stand, in their order, each with its market at hand (3 queries for any number)."""
    thresholds = _thresholds({seller.market_id for seller in sellers}, as_of)
    counting = PointsEntry.objects.filter(seller__in=sellers).counting(as_of=as_of).order_by()
    totals = dict(counting.values_list("seller").annotate(total=Sum("points")))
    kinds: dict[int, list[str]] = defaultdict(list)
    in_force = EnforcementAction.objects.filter(seller__in=sellers).in_force(as_of=as_of)
    for seller_id, kind in in_force.order_by().values_list("seller", "kind"):
        kinds[seller_id].append(kind)
    return [
        _line(seller, totals.get(seller.pk, 0), thresholds[seller.market_id], kinds[seller.pk]) for seller in sellers
    ]


def _line(seller: Seller, total: int, thresholds: Sequence[int], kinds: Sequence[str]) -> StandingLine:
    upcoming = rules.next_threshold(total, thresholds)
    return StandingLine(
        seller=seller,
        total=total,
        level=_level(total, thresholds, market=seller.market, kinds=kinds),
        distance=None if upcoming is None else upcoming - total,
    )


def _thresholds(market_ids: Iterable[int], as_of: datetime) -> dict[int, list[int]]:
    """The points of each market's milestones."""
    found: dict[int, list[int]] = {market_id: [] for market_id in market_ids}
    milestones = Milestone.objects.filter(market__in=found).in_force(as_of=as_of)
    for market_id, points in milestones.values_list("market", "points"):
        found[market_id].append(points)
    return found

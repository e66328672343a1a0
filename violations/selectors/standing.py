"""Where a seller stands: the total, the level, the milestones and what is in force, at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
    """Work out a seller's standing from the ledger and the market's numbers as they are now (4 queries).

    A past moment is explained by the numbers of then: ``explain`` does that.
    """
    total = PointsEntry.objects.filter(seller=seller).counting(as_of=as_of).total()
    return standing_of(seller=seller, total=total, as_of=as_of)


def standing_of(*, seller: Seller, total: int, as_of: datetime, market: Market | None = None) -> Standing:
    """What a total means for a seller at a moment, and what is in force or announced then (3 queries).

    ``market`` has the numbers of that moment, if they are not those of now.
    """
    market = market or seller.market
    milestones = list(seller.market.milestones.in_force(as_of=as_of))
    thresholds = [milestone.points for milestone in milestones]
    upcoming_points = rules.next_threshold(total, thresholds)
    is_approaching = rules.approaches(total, upcoming_points, within=market.approach_points)
    actions = EnforcementAction.objects.filter(seller=seller).select_related(*TOLD_OF_ACTIONS)
    in_force = list(actions.in_force(as_of=as_of))
    reached = rules.is_at_or_above_any(total, thresholds)
    kinds = [action.kind for action in in_force]
    return Standing(
        as_of=as_of,
        total=total,
        level=rules.standing_level(approaching=is_approaching, reached=reached, actions_in_force=kinds),
        milestones=milestones,
        progress=rules.milestone_progress(total, thresholds),
        next_milestone=next((m for m in milestones if m.points == upcoming_points), None),
        is_approaching=is_approaching,
        in_force=in_force,
        upcoming=list(actions.upcoming(as_of=as_of)),
    )

"""What one more violation would lead to, before it happens: by the rules that issuing one follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from policies.models import PolicyVersion
from sellers.models import Seller

from .. import rules
from ..models import Milestone
from .explanation import Explanation
from .standing import Standing


@dataclass(frozen=True)
class PossibleAction:
    """What a milestone that would be reached leads to, announced at once."""

    milestone: Milestone
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True)
class WhatIf:
    """What one more violation of a policy version would do to a seller at a moment, if nothing happens before.

    ``before`` is where the seller stands then without it. Its points would count until before ``expires_at``. The next
    milestone is the first above the total ``after`` it, ``None`` above the last.
    """

    seller: Seller
    at: datetime
    version: PolicyVersion
    before: Standing
    after: int
    expires_at: datetime
    actions: Sequence[PossibleAction]
    next_milestone: Milestone | None
    is_approaching: bool
    level: rules.StandingLevel

    @property
    def points(self) -> int:
        return self.version.points

    @property
    def distance(self) -> int:
        """The points that would be left to the next milestone, 0 above the last."""
        return self.next_milestone.points - self.after if self.next_milestone else 0


def what_if(explanation: Explanation, *, version: PolicyVersion) -> WhatIf:
    """What a violation of a version would do at the moment of an explanation, recorded as it is issued."""
    seller, at, before = explanation.seller, explanation.as_of, explanation.standing
    after = before.total + version.points
    thresholds = [milestone.points for milestone in before.milestones]
    reached = rules.reached(before=before.total, after=after, thresholds=thresholds)
    actions = [PossibleAction(one, *one.period(at)) for one in before.milestones if one.points in reached]
    upcoming = rules.next_threshold(after, thresholds)
    is_approaching = rules.approaches(after, upcoming, within=seller.market.approach_points)
    return WhatIf(
        seller=seller,
        at=at,
        version=version,
        before=before,
        after=after,
        expires_at=seller.market.points_expire_at(at),
        actions=actions,
        next_milestone=next((one for one in before.milestones if one.points == upcoming), None),
        is_approaching=is_approaching,
        level=rules.standing_level(
            approaching=is_approaching,
            reached=rules.is_at_or_above_any(after, thresholds),
            actions_in_force=[*(action.kind for action in before.in_force), *_started(actions, at)],
        ),
    )


def _started(actions: Sequence[PossibleAction], moment: datetime) -> list[str]:
    return [action.milestone.kind for action in actions if action.starts_at <= moment]

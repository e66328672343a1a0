"""What a reviewer weighs before an appeal is decided: who the seller is, and what each decision would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from ..models import Appeal, EnforcementAction, Violation
from .appeals import appeals_of
from .reversals import unfounded_actions
from .standing import Standing, get_standing
from .violations import violations_of

MAX_LISTED = 20


@dataclass(frozen=True)
class Review:
    """An appeal seen from ``standing.as_of``. ``points_left`` can be taken off; granting lifts ``would_lift``."""

    standing: Standing
    points_left: int
    would_lift: Sequence[EnforcementAction]
    same_policy: Sequence[Violation]
    same_policy_count: int
    other_appeals: Sequence[Appeal]

    @property
    def total_if_granted(self) -> int:
        return self.standing.total - self.points_left

    @property
    def total_if_one_point_less(self) -> int:
        return self.standing.total - 1


def get_review(appeal: Appeal, *, as_of: datetime) -> Review:
    """The seller's standing, its other violations of the policy and appeals, and what granting would do.

    Of violations and appeals the latest ``MAX_LISTED``. The queries are the same few however many there are.
    """
    violation = appeal.violation
    same = violations_of(seller=appeal.seller, as_of=as_of).filter(policy_version__policy=violation.policy)
    same = same.exclude(pk=violation.pk)
    return Review(
        standing=get_standing(seller=appeal.seller, as_of=as_of),
        points_left=violation.entries.filter(expires_at__gt=as_of).total() if violation.is_standing else 0,
        would_lift=actions_founded_on(violation, as_of=as_of),
        same_policy=list(same[:MAX_LISTED]),
        same_policy_count=same.count(),
        other_appeals=list(appeals_of(seller=appeal.seller, as_of=as_of).exclude(pk=appeal.pk)[:MAX_LISTED]),
    )


def actions_founded_on(violation: Violation, *, as_of: datetime) -> list[EnforcementAction]:
    """The actions, not ended yet, that voiding a violation at a moment would lift."""
    if not violation.is_standing:
        return []
    actions = unfounded_actions(as_of=as_of, without=lambda prefix: Q(**{f"{prefix}pk": violation.pk}))
    of_seller = actions.filter(seller_id=violation.seller_id).select_related("milestone")
    return list(of_seller.order_by("starts_at", "id"))

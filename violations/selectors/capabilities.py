"""What a seller may do, for the marketplace to act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import FilteredRelation

from sellers.models import Market, Seller

from ..models import Capability, in_force_at


@dataclass(frozen=True)
class ActionInForce:
    """An enforcement action as the marketplace acts on it.

    ``milestone``: the points that were reached, whatever the milestone was changed to since; ``violation``: external
    id of the one that led to it.
    """

    id: int
    kind: str
    milestone: int
    violation: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True)
class CapabilityState:
    """A capability of a seller's, and the actions in force that take it away, in the order of their starts."""

    capability: Capability
    actions: Sequence[ActionInForce]

    @property
    def allowed(self) -> bool:
        return not self.actions

    @property
    def until(self) -> datetime | None:
        """When the last of the actions ends, ``None`` if one stays until it is lifted."""
        ends = [action.ends_at for action in self.actions if action.ends_at is not None]
        return max(ends) if ends and len(ends) == len(self.actions) else None


def get_capabilities(*, market: Market, external_id: str, as_of: datetime) -> list[CapabilityState]:
    """What a seller of a market may do at a moment (1 query). Raises ``Seller.DoesNotExist``."""
    condition = in_force_at(as_of, prefix="enforcement_actions__")
    sellers = Seller.objects.filter(market=market, external_id=external_id)
    # The seller's row is there without an action too, so one query also tells whether there is such a seller.
    rows = list(
        sellers.annotate(action=FilteredRelation("enforcement_actions", condition=condition))
        .order_by("action__starts_at", "action__id")
        .values_list(
            "action__capabilities",
            "action__id",
            "action__kind",
            "action__milestone_points",
            "action__violation__external_id",
            "action__starts_at",
            "action__ends_at",
        )
    )
    if not rows:
        raise Seller.DoesNotExist
    actions = [(taken, ActionInForce(*values)) for taken, *values in rows if taken]
    return [
        CapabilityState(capability, [action for taken, action in actions if capability in taken])
        for capability in Capability
    ]

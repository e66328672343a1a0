"""What a new market starts with."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from sellers.models import Market

from .. import rules
from ..models import Milestone


@transaction.atomic
def add_default_milestones(*, market: Market) -> list[Milestone]:
    """Give a market the milestones that a new one starts with (12, 24, 36 and 48 points)."""
    return Milestone.objects.bulk_create(
        Milestone(
            market=market,
            points=default.points,
            kind=default.kind,
            capabilities=list(default.capabilities),
            duration_days=default.duration_days,
        )
        for default in rules.DEFAULT_MILESTONES
    )


@transaction.atomic
def open_market(*, code: str, name: str, time_zone: str, **fields: Any) -> Market:
    """Create a market with the default rule numbers and milestones. Raises ``ValidationError`` for unusable values."""
    market = Market(code=code, name=name, time_zone=time_zone, **fields)
    market.full_clean()
    market.save()
    add_default_milestones(market=market)
    return market

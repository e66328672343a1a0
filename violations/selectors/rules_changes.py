"""What a change of a market's rules would do to its sellers."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from sellers.models import Market

from .. import rules
from ..models import Milestone, RulesChange


def market_rules(market: Market, *, as_of: datetime) -> Market:
    """A market with the numbers that were in force at a moment (1 query): a copy to read from, never to save.

    Changes that took effect later are taken back, the latest first. Milestones have dates of their own.
    """
    then = copy(market)
    later = RulesChange.objects.filter(market=market, effective_from__gt=as_of, numbers_before__isnull=False)
    for change in later.order_by("-effective_from", "-pk"):
        for name, value in (change.numbers_before or {}).items():
            setattr(then, name, value)
    return then


@dataclass(frozen=True)
class RulesPreview:
    """How many sellers would come to stand at or above a milestone, approach one, or stand above none any more."""

    sellers: int
    reached: int
    near: int
    freed: int


TOTALS = """
SELECT total, count(*) FROM (
    SELECT sum(entry.points) AS total FROM violations_pointsentry AS entry
    JOIN sellers_seller AS seller ON seller.id = entry.seller_id AND seller.market_id = %(market)s
    WHERE entry.effective_at <= %(at)s AND entry.expires_at > %(at)s
    GROUP BY entry.seller_id
) AS seller GROUP BY total
"""
"""How many sellers have which total at a moment; those without points are in none."""


def preview_rules(*, change: RulesChange, as_of: datetime) -> RulesPreview:
    """What a change would do if it took effect at a moment (2 queries)."""
    current = list(
        Milestone.objects.filter(market=change.market).in_force(as_of=as_of).values_list("points", flat=True)
    )
    new = current if change.milestones is None else [row["points"] for row in change.milestones]
    within = change.market.approach_points
    new_within = int(change.numbers.get("approach_points", within))
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, {"market": change.market_id, "at": as_of})
        totals = [(int(total), count) for total, count in cursor.fetchall()]

    def sellers(condition: list[int]) -> int:
        return sum(count for total, count in totals if total in condition)

    above = {total for total, _ in totals if rules.is_at_or_above_any(total, current)}
    new_above = {total for total, _ in totals if rules.is_at_or_above_any(total, new)}
    near = {total for total, _ in totals if _near(total, current, within)}
    new_near = {total for total, _ in totals if _near(total, new, new_within)}
    return RulesPreview(
        sellers=sum(count for _, count in totals),
        reached=sellers(list(new_above - above)),
        near=sellers(list(new_near - near - new_above)),
        freed=sellers(list(above - new_above)),
    )


def _near(total: int, thresholds: list[int], within: int) -> bool:
    return rules.approaches(total, rules.next_threshold(total, thresholds), within=within)

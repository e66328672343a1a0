"""A week across a market, for staff: read from the reports of its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db import connection

from violations.rules import StandingLevel, standing_level

from .. import rules
from ..models import ReportRun

KEEP_SECONDS = 24 * 60 * 60
"""How long the totals of a published run are kept: they never change."""

STANDING_LEVELS = """
SELECT count(*), count(*) FILTER (WHERE violation_count = 0), sum(violation_count), sum(message_count),
    sum(points_in), sum(points_out), is_approaching, has_reached, kinds
FROM (
    SELECT violation_count, message_count, points_in, points_out, is_approaching,
        coalesce(points_at_end >= %(lowest)s, false) AS has_reached, CASE WHEN detail ? 'actions' THEN (
        SELECT string_agg(DISTINCT action->>'kind', ',') FROM jsonb_array_elements(detail->'actions') AS action
        WHERE (action->>'in_force')::boolean
    ) END AS kinds
    FROM reports_weeklyreport WHERE week_start = %(week)s AND run_id = %(run)s
) AS report GROUP BY is_approaching, has_reached, kinds
"""

# Of the week and, for the trend, of the week before, whose reports are those of the run before.
POLICIES = """
SELECT found->>'code', count(*) FILTER (WHERE report.run_id = run.id),
    count(*) FILTER (WHERE report.run_id <> run.id),
    count(DISTINCT report.seller_id) FILTER (WHERE report.run_id = run.id)
FROM reports_reportrun AS run
JOIN reports_reportrun AS one ON one.market_id = run.market_id AND (one.id = run.id OR one.ends_at = run.starts_at)
JOIN reports_weeklyreport AS report ON report.week_start = one.week_start AND report.run_id = one.id
CROSS JOIN LATERAL jsonb_array_elements(report.detail->'violations') AS found
WHERE run.id = %(run)s
GROUP BY found->>'code'
"""

# Near a milestone at the end of the week, and near none or a lower one at the end of the week before, if there was one.
NEWLY_NEAR = """
FROM reports_weeklyreport report
JOIN sellers_seller seller ON seller.id = report.seller_id
LEFT JOIN reports_weeklyreport before ON before.week_start = %(before)s AND before.seller_id = report.seller_id
WHERE report.week_start = %(week)s AND report.run_id = %(run)s AND report.is_approaching
    AND (before.is_approaching IS NOT TRUE OR before.next_milestone_points < report.next_milestone_points)
"""


@dataclass(frozen=True)
class PolicyTotal:
    code: str
    name: str
    violations: int
    previous: int
    sellers: int

    @property
    def trend(self) -> rules.Trend:
        return rules.trend(self.violations, self.previous)


@dataclass(frozen=True)
class NearSeller:
    """A seller who came near a milestone in the week."""

    seller_id: int
    external_id: str
    name: str
    total: int
    before: int
    milestone: int

    @property
    def distance(self) -> int:
        return self.milestone - self.total


@dataclass(frozen=True)
class MarketWeek:
    """A week of a market: what its reports add up to."""

    sellers: int
    clean: int
    violations: int
    messages: int
    points_in: int
    points_out: int
    levels: Sequence[tuple[StandingLevel, int]]
    policies: Sequence[PolicyTotal]
    newly_near: int

    @property
    def clean_percent(self) -> int:
        return 100 * self.clean // self.sellers if self.sellers else 0


def get_market_week(run: ReportRun) -> MarketWeek:
    """The totals of a run, so far if it is not published (3 queries over its reports; kept once it is published)."""
    if run.published_at is None:
        return _market_week(run)
    key = f"market-week-{run.pk}"
    week: MarketWeek | None = cache.get(key)
    if week is None:
        week = _market_week(run)
        cache.set(key, week, KEEP_SECONDS)
    return week


def _market_week(run: ReportRun) -> MarketWeek:
    groups = _rows(STANDING_LEVELS, run, lowest=min(run.milestone_points, default=None))
    counts = dict.fromkeys(StandingLevel, 0)
    for sellers, *_, approaching, reached, kinds in groups:
        in_force = kinds.split(",") if kinds else []
        counts[standing_level(approaching=approaching, reached=reached, actions_in_force=in_force)] += sellers
    sums = [sum(int(group[column]) for group in groups) for column in range(6)]
    sellers, clean, violations, messages, points_in, points_out = sums
    ((newly_near,),) = _rows(f"SELECT count(*) {NEWLY_NEAR}", run)
    return MarketWeek(
        sellers=sellers,
        clean=clean,
        violations=violations,
        messages=messages,
        points_in=points_in,
        points_out=points_out,
        levels=list(counts.items()),
        policies=_policies(run),
        newly_near=newly_near,
    )


def _policies(run: ReportRun) -> list[PolicyTotal]:
    """The policies breached in the week or the week before, the most frequent first."""
    names = {code: policy["name"] for code, policy in run.rules["policies"].items()}
    totals = [PolicyTotal(code, names[code], *counts) for code, *counts in _rows(POLICIES, run)]
    return sorted(totals, key=lambda total: (-total.violations, -total.previous, total.name))


def sellers_newly_near(run: ReportRun, *, limit: int | None = None) -> list[NearSeller]:
    """The sellers who came near a milestone in a run's week, the nearest first."""
    columns = "seller.id, seller.external_id, seller.name, report.points_at_end, report.points_at_start"
    order = "ORDER BY report.next_milestone_points - report.points_at_end, seller.name, seller.id"
    sql = f"SELECT {columns}, report.next_milestone_points {NEWLY_NEAR} {order} LIMIT %(limit)s"  # constants
    return [NearSeller(*row) for row in _rows(sql, run, limit=limit)]


def _rows(sql: str, run: ReportRun, **figures: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"run": run.pk, "week": run.week_start, "before": _week_before(run), **figures})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _week_before(run: ReportRun) -> date:
    return run.week.previous.monday

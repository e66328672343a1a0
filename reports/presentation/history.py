"""A week beside those before it: charts, the policies that were breached, and how long nothing was found."""

from __future__ import annotations

from collections.abc import Sequence

from .. import rules
from ..models import WeeklyReport
from ..rules import Trend
from ..selectors import PolicyWeeks, SellerWeek
from ..wording import charts, figures
from ..wording import report as wording
from .links import article_path, policy_path
from .nodes import Figures, PolicyItem, ReportChart
from .tree import Breaches, History

TREND_ICONS = {
    Trend.NEW: "trending-up",
    Trend.UP: "trending-up",
    Trend.SAME: "minus",
    Trend.DOWN: "trending-down",
    Trend.GONE: "trending-down",
}


def history_of(week: SellerWeek, numbers: Figures) -> History:
    """The week beside the eight before it; how long nothing was found is counted for a year."""
    recent = _recent(week)
    clean_weeks = rules.clean_weeks([one.violation_count for one in [week.report, *week.earlier]])
    return History(
        weeks=[one.week for one in recent],
        totals=_totals_chart(recent, numbers),
        streak_sentence=wording.streak_sentence(clean_weeks, previous=numbers.violations_week_before),
    )


def breaches_of(week: SellerWeek) -> Breaches:
    """The violations of the week beside those of the eight weeks before it."""
    policies = [_policy(policy) for policy in week.policies]
    return Breaches(
        violations=_violations_chart(_recent(week)),
        policies=policies,
        policies_sentence=charts.policies_sentence([(one.name, one.count) for one in policies if one.count]),
    )


def _recent(week: SellerWeek) -> list[WeeklyReport]:
    """The reports that the charts show, the oldest first."""
    return [week.report, *week.earlier[: rules.WEEKS_BEFORE]][::-1]


def _violations_chart(recent: Sequence[WeeklyReport]) -> ReportChart:
    rows = [(_monday(one), one.violation_count) for one in recent]
    return ReportChart(charts.violations_title(), rows, charts.weeks_sentence([count for _, count in rows]))


def _totals_chart(recent: Sequence[WeeklyReport], numbers: Figures) -> ReportChart:
    rows = [(_monday(one), one.points_at_end) for one in recent]
    upcoming = numbers.next_milestone
    sentence = charts.totals_sentence([total for _, total in rows], next_milestone=upcoming)
    references = [(charts.milestone_at(upcoming), upcoming)] if upcoming is not None else []
    return ReportChart(charts.totals_title(), rows, sentence, references)


def _monday(report: WeeklyReport) -> str:
    return figures.short_day(report.week.monday)


def _policy(policy: PolicyWeeks) -> PolicyItem:
    trend = rules.trend(policy.count, policy.previous)
    return PolicyItem(
        code=policy.code,
        name=policy.name,
        count=policy.count,
        previous=policy.previous,
        before=policy.before,
        trend=charts.trend_words(trend),
        icon=TREND_ICONS[trend],
        sentence=charts.history_sentence(policy.name, [*policy.before, policy.count]),
        href=policy_path(policy.code),
        article=policy.article,
        article_href=article_path(policy.code),
    )

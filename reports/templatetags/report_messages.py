"""Facts of the message that announces a report in words."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

from kit.dates import Week

from ..wording import figures, report

register = template.Library()


@register.filter
def days_of_week(week: str) -> str:
    """``9–15 November 2026`` for ``2026-W46``."""
    return figures.week_days(Week.parse(week))


@register.simple_tag
def week_sentences(
    *, violations: int, points_at_start: int, points_at_end: int, next_milestone: int | None, milestones: Sequence[int]
) -> str:
    return report.week_sentences(
        violations=violations,
        points_at_start=points_at_start,
        points_at_end=points_at_end,
        next_milestone=next_milestone,
        milestones=milestones,
    )

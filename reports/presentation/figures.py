"""A week in figures, and beside them those of the week before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from kit.formatting import signed

from ..models import WeeklyReport
from ..selectors import SellerWeek
from .nodes import Change, Figures

Weeks = tuple[Figures, Figures | None]
"""The week, and the one before if that has a report."""

thousands = "{:,}".format


def figures_of(report: WeeklyReport) -> Figures:
    """What a report keeps as numbers."""
    return Figures(
        violations=report.violation_count,
        violations_week_before=report.previous_violation_count,
        messages=report.message_count,
        points_at_start=report.points_at_start,
        points_in=report.points_in,
        points_out=report.points_out,
        points_at_end=report.points_at_end,
        next_milestone=report.next_milestone_points,
        is_approaching=report.is_approaching,
    )


def changes_of(week: SellerWeek, numbers: Figures) -> list[Change]:
    """What changed in the week. What is nothing in both weeks is left out, and the total with it if all is."""
    weeks = numbers, _week_before(week)
    found = [one for one in _changes(weeks) if one.this_week or one.week_before]
    return [*found, _total(weeks)] if found else []


def _week_before(week: SellerWeek) -> Figures | None:
    latest = week.earlier[0] if week.earlier else None
    return figures_of(latest) if latest and latest.week == week.report.week.previous else None


def _changes(weeks: Weeks) -> Iterator[Change]:
    yield _change(_("Violations"), lambda week: week.violations, weeks, words=thousands, href="#content")
    yield _change(_("Messages"), lambda week: week.messages, weeks, words=thousands, href="#content")
    yield _change(_("Points in"), lambda week: week.points_in, weeks, words=signed, href="#entries")
    yield _change(_("Points out"), lambda week: week.points_out, weeks, words=signed, href="#entries")
    yield _change(_("Points expired"), lambda week: -week.points_expired, weeks, words=signed, href="#entries")


def _total(weeks: Weeks) -> Change:
    return _change(_("Total"), lambda week: week.points_at_end, weeks, words=thousands, href="#total")


def _change(
    label: str, figure: Callable[[Figures], int], weeks: Weeks, *, words: Callable[[int], str], href: str
) -> Change:
    now, before = figure(weeks[0]), figure(weeks[1]) if weeks[1] else None
    return Change(label, now, before, words(now), "" if before is None else words(before), href)

"""How a seller's total moved over the weeks before a report: the chart of its PDF and of its email."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .rules import plural
from .selectors import ReportContext, reports_of

WEEKS_SHOWN = 9
"""The week of the report and the eight before it."""


@dataclass(frozen=True)
class Totals:
    """The total at the end of each week, as its report had it, the oldest first; the last is the report's own."""

    weeks: Sequence[tuple[str, int]]
    next_milestone: int | None

    @property
    def sentence(self) -> str:
        """What the chart shows."""
        first, last = self.weeks[0][1], self.weeks[-1][1]
        if len(self.weeks) == 1:
            moved = f"Your total is {plural(last, 'point')} at the end of your first week"
        elif first == last:
            moved = f"Your total is {plural(last, 'point')}, as it was {plural(len(self.weeks) - 1, 'week')} ago"
        else:
            verb = "rose" if last > first else "fell"
            moved = (
                f"Your total {verb} from {first} to {plural(last, 'point')} in {plural(len(self.weeks) - 1, 'week')}"
            )
        return f"{moved}; the next milestone is at {self.next_milestone}." if self.next_milestone else f"{moved}."


def get_totals(context: ReportContext) -> Totals:
    """The totals that the chart of a report shows (two queries)."""
    reports = reports_of(context.seller).filter(week_start__lte=context.report.week_start).order_by("-week_start")
    recent = list(reports.values_list("week_start", "points_at_end")[:WEEKS_SHOWN])[::-1]
    return Totals(
        weeks=[(f"{monday:%-d %b}", total) for monday, total in recent],
        next_milestone=context.report.next_milestone_points,
    )

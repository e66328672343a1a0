"""Charts, and the milestones on a line. Rows are (label, value) pairs, oldest first. Its tags are builtins."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kit.formatting import signed
from kit.pages import charts, step_charts

from .dates import local_datetime

register = template.Library()


@dataclass(frozen=True)
class TrackMark:
    """One milestone on the track. ``state`` is done (reached), here (the next one) or next (further away).

    ``x`` is its place on the line in percent; ``shown`` says whether its number has room there.
    """

    points: int
    label: str
    state: str
    left: int
    x: float
    shown: bool


@register.inclusion_tag("components/track.html")
def milestone_track(total: int, milestones: Iterable[Any]) -> dict[str, Any]:
    """The milestones on a line to scale, where the total stands on it, and the distance left to the next."""
    found = sorted((int(_read(one, "points")), str(_read(one, "label"))) for one in milestones)
    end = max([total, *(points for points, _ in found)])
    next_up = min((points for points, _ in found if points > total), default=None)
    steps: list[TrackMark] = []
    for at, label in found:
        state = "done" if total >= at else "here" if at == next_up else "next"
        x = charts.percent(at, end)
        shown = all(x - step.x >= NUMBER_WIDTH for step in steps if step.shown)
        steps.append(TrackMark(at, label, state, max(at - total, 0), x, shown))
    here_x = charts.percent(total, end)
    anchor = "start" if here_x < NUMBER_WIDTH else "end" if here_x > 100 - NUMBER_WIDTH else "middle"
    here = next((step for step in steps if step.state == "here"), None)
    return {"total": total, "end": end, "steps": steps, "here": here, "here_x": here_x, "anchor": anchor}


NUMBER_WIDTH = 8
"""What a number on the line needs of its width on a phone (percent), so that it touches no other."""


def _read(item: Any, name: str) -> Any:
    return item[name] if isinstance(item, dict) else getattr(item, name)


def _chart(kind: str, chart: charts.Chart, texts: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "chart": chart, "noun": "points", "heading": "", **texts}


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(rows: Iterable[tuple[str, float]], **texts: Any) -> dict[str, Any]:
    """Bars lying down, one a category. ``title``, ``sentence`` and ``noun`` (what is counted) say what it shows.

    ``links`` lead from categories, by label, to what was counted.
    """
    chart, links = charts.bars(rows), texts.pop("links", {})
    marks = [replace(mark, href=links.get(mark.label, "")) for mark in chart.marks]
    return _chart("bars", replace(chart, marks=marks), texts)


@register.inclusion_tag("components/column_chart.html")
def column_chart(rows: Iterable[tuple[str, float]], **texts: Any) -> dict[str, Any]:
    """Columns over time. Texts as for ``bar_chart``; ``heading`` names what the labels are ("Week")."""
    return _chart("columns", charts.columns(rows), texts)


@register.inclusion_tag("components/line_chart.html")
def line_chart(
    rows: Iterable[tuple[str, float]], references: Iterable[tuple[str, float]] = (), **texts: Any
) -> dict[str, Any]:
    """A line over time, with (label, value) references such as milestones. Texts as for ``column_chart``."""
    return _chart("line", charts.curve(rows, references), texts)


@register.inclusion_tag("components/step_chart.html")
def step_chart(totals: step_charts.TotalOverTime, *, noun: str = "points") -> dict[str, Any]:
    """A total that jumps and stays, over time past and to come, in the active time zone."""
    chart = step_charts.draw(totals, zone=timezone.get_current_timezone())
    return {"totals": totals, "chart": chart, "noun": noun, "title": totals.title}


@register.simple_tag
def total_rows(totals: step_charts.TotalOverTime, *, has_plan: bool) -> SafeString:
    """The rows of a total over time's table. There are hundreds, for which a template takes ten times as long."""
    planned = format_html(PLANNED, _("With this plan"), "{}") if has_plan else ""
    row = format_html(ROW, "{}", "{}", _("What"), "{}", "{}", _("Change"), "{}", _("Total"), "{}", planned)
    to_come = format_html(SUB, _("to come"))
    return SafeString("".join([row.format(*_cells(one, to_come)) for one in totals.rows]))


ROW = (
    '<tr><th scope="row">{}{}</th><td data-label="{}">{}{}</td><td class="num" data-label="{}">{}</td>'
    '<td class="num" data-label="{}">{}</td>{}</tr>'
)
PLANNED = '<td class="num" data-label="{}">{}</td>'
SUB = '<span class="sub">{}</span>'


def _cells(row: step_charts.ChartRow, to_come: SafeString) -> Iterator[object]:
    """What stands in a row that has its heads already, as HTML; what is planned last."""
    first, *others = row.labels
    yield escape(local_datetime(row.at))
    yield to_come if row.is_to_come else ""
    yield escape(first)
    yield format_html_join("", SUB, ([label] for label in others)) if others else ""
    yield signed(row.change) if row.change else ""
    yield format_html('<a href="{}">{}</a>', row.href, row.total) if row.href else row.total
    yield "" if row.planned is None else row.planned


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Iterable[float], title: str) -> dict[str, Any]:
    """A small line without a scale, beside a number; ``title`` says what it shows."""
    return {"chart": charts.curve([("", value) for value in values]), "title": title}

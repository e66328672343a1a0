"""A weekly report as PDF, and its chart as a picture for the email. Both say what the page says."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from sellers.documents.compiling import png

from .selectors import ReportContext
from .totals import Totals, get_totals

CHART_TITLE = "Your total at the end of each week"


def chart_png(context: ReportContext) -> bytes:
    """The chart of totals as a PNG of 1,200 pixels, to be shown 600 wide; ``chart_words`` is its alternative text.

    It stands on white with a border of its own, so that it reads on light and dark. The same report gives the same
    bytes. Two queries, about 20 milliseconds.
    """
    totals = get_totals(context)
    return png("chart.typ", {"lang": get_language() or "en", "title": CHART_TITLE, **_chart(totals)})


def chart_words(context: ReportContext) -> str:
    """What the chart of a report shows, in one sentence."""
    return get_totals(context).sentence


def _chart(totals: Totals) -> dict[str, Any]:
    milestone = totals.next_milestone
    return {
        "sentence": totals.sentence,
        "rows": totals.weeks,
        "reference": [f"Milestone at {milestone}", milestone] if milestone else None,
    }

"""A weekly report as an email: what the page shows at first, in the same words and order, with one thing to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from inbox.emails import EmailParts, email_context
from inbox.models import EmailDelivery
from kit.addresses import portal_url
from kit.dates import Week
from kit.texts.characters import isolated

from ..selectors import get_report
from ..wording import report as wording
from .nodes import Chart
from .presenting import present
from .tree import PresentedReport

CHART_HEIGHT = 40
"""Of the highest column, in pixels."""


@dataclass(frozen=True)
class Bar:
    """A column of the chart, drawn as a cell of a table: mail programs block pictures and know no SVG."""

    total: int
    height: int


def report_parts(delivery: EmailDelivery, *, now: datetime) -> EmailParts:
    """The email of the message that announces a report. What to do is what is still open at ``now``."""
    message = delivery.message
    week = Week.parse(message.data["week"])
    report = present(get_report(seller=message.seller, week=week, now=now))
    context = email_context(delivery) | _context(report, page=settings.BASE_URL + message.path)
    return EmailParts(
        subject=subject_of(report),
        text=render_to_string("emails/report.txt", context),
        html=render_to_string("emails/report.html", context),
    )


def _context(report: PresentedReport, *, page: str) -> dict[str, Any]:
    steps, totals = report.open_follow_ups, report.history.totals
    return {
        "report": report,
        "page": page,
        "step": steps[0] if steps else None,
        "step_url": portal_url(steps[0].href) if steps else "",
        "more_steps": len(steps[1:]),
        "bars": bars_of(totals) if totals.has_moved else [],
    }


def bars_of(chart: Chart) -> list[Bar]:
    """To scale from zero; what is not zero can be seen."""
    highest = max(value for _, value in chart.rows)
    return [Bar(value, -(-value * CHART_HEIGHT // highest)) for _, value in chart.rows]


def subject_of(report: PresentedReport) -> str:
    return wording.subject(
        report.verdict.word,
        points=report.figures.points_at_end,
        week=report.week,
        seller=isolated(report.recipient.name),
    )

"""A weekly report as an email: what the page shows at first, in the same words and order, with one thing to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from inbox.emails import EmailParts, Writer, email_context
from inbox.models import EmailDelivery
from kit.addresses import portal_url
from kit.dates import Week
from kit.emails.templates import render_email
from kit.texts.characters import isolated
from sellers.models import Seller

from ..selectors import SellerWeek, get_reports
from ..wording import report as wording
from .nodes import ReportChart
from .presenting import lead_of
from .tree import ReportLead

CHART_HEIGHT = 40
"""Of the highest column, in pixels."""


@dataclass(frozen=True)
class DayBar:
    """A column of the chart, drawn as a cell of a table: mail programs block pictures and know no SVG."""

    total: int
    height: int


def report_writer(deliveries: Sequence[EmailDelivery], *, now: datetime) -> Writer:
    """What writes the emails of messages that announce reports, once the facts of all of them are read.

    What to do is what is still open at ``now``. The facts of a market's week are always the same few queries.
    """
    sellers: dict[tuple[int, str], list[Seller]] = defaultdict(list)
    for delivery in deliveries:
        seller = delivery.message.seller
        sellers[seller.market_id, delivery.message.data["week"]].append(seller)
    reports = {
        (seller_id, week): report
        for (_, week), some in sellers.items()
        for seller_id, report in get_reports(sellers=some, week=Week.parse(week), now=now).items()
    }

    def write(delivery: EmailDelivery) -> EmailParts:
        message = delivery.message
        return report_parts(delivery, reports[message.seller_id, message.data["week"]])

    return write


def report_parts(delivery: EmailDelivery, week: SellerWeek) -> EmailParts:
    """The email that announces a report. No query."""
    report = lead_of(week)
    context = email_context(delivery) | _context(report)
    with timezone.override(week.run.zone):  # which may be another than the market's today
        return EmailParts(
            subject=subject_of(report),
            text=render_email("report.txt", context),
            html=render_email("report.html", context),
        )


def _context(report: ReportLead) -> dict[str, Any]:
    steps, totals = report.open_follow_ups, report.history.totals
    return {
        "report": report,
        "names_zone": True,
        "step": steps[0] if steps else None,
        "step_url": portal_url(steps[0].href) if steps else "",
        "more_steps": len(steps[1:]),
        "bars": bars_of(totals) if totals.has_moved else [],
    }


def bars_of(chart: ReportChart) -> list[DayBar]:
    """To scale from zero; what is not zero can be seen."""
    highest = max(value for _, value in chart.rows)
    return [DayBar(value, -(-value * CHART_HEIGHT // highest)) for _, value in chart.rows]


def subject_of(report: ReportLead) -> str:
    return wording.subject(
        report.verdict.word,
        points=report.figures.points_at_end,
        week=report.week,
        seller=isolated(report.recipient.name),
    )

"""A weekly report as an email: the action first, then what the page says, in the same words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin

from django.conf import settings
from django.template.loader import render_to_string

from inbox.emails import EmailParts, InlineImage, email_context
from inbox.models import EmailDelivery
from kit.dates import Week
from kit.texts.characters import isolated

from ..selectors import get_report
from ..wording import report as wording
from .pdf import chart_png
from .presenting import present
from .tree import PresentedReport

CHART = "chart"
STEPS_SHOWN = 3
VIOLATIONS_SHOWN = 5
POLICIES_SHOWN = 5


class Linked(Protocol):
    @property
    def href(self) -> str: ...


Item = TypeVar("Item", bound=Linked)


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
        images=[InlineImage(CHART, chart_png(report))],
    )


def _context(report: PresentedReport, *, page: str) -> dict[str, Any]:
    steps, violations = report.open_follow_ups, report.contents.violations
    return {
        "report": report,
        "seller": report.recipient.name,
        "page": page,
        "steps": _with_urls(steps[:STEPS_SHOWN], page),
        "more_steps": len(steps[STEPS_SHOWN:]),
        "actions": _with_urls(report.actions, page),
        "violations": _with_urls(violations[:VIOLATIONS_SHOWN], page),
        "more_violations": len(violations[VIOLATIONS_SHOWN:]),
        "workshops": _with_urls([one for one in report.workshops if one.is_near], page),
        "policies": _with_urls(report.history.policies[:POLICIES_SHOWN], page),
        "chart": CHART,
    }


def _with_urls(items: Sequence[Item], page: str) -> list[tuple[Item, str]]:
    return [(item, urljoin(page, item.href)) for item in items]


def subject_of(report: PresentedReport) -> str:
    return wording.subject(
        report.verdict.word,
        points=report.figures.points_at_end,
        week=report.week,
        seller=isolated(report.recipient.name),
    )

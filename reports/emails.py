"""A weekly report as an email: the action first, then what the page says, in the same words."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from inbox.emails import EmailParts, InlineImage, email_context
from inbox.models import EmailDelivery
from kit.dates import Week
from kit.texts.characters import isolated

from .documents import chart_png, chart_words
from .rules import days_words, plural
from .selectors import ReportContext, get_report

CHART = "chart"
STEPS_SHOWN = 3
VIOLATIONS_SHOWN = 5
POLICIES_SHOWN = 5


def report_parts(delivery: EmailDelivery, *, now: datetime) -> EmailParts:
    """The email of the message that announces a report. What to do is what is still open at ``now``."""
    message = delivery.message
    week = Week.parse(message.data["week"])
    report = get_report(seller=message.seller, week=week, now=now)
    page = settings.BASE_URL + message.path
    context = email_context(delivery) | {
        "report": report,
        "seller": report.seller,
        "page": page,
        "steps": [(step, urljoin(page, step.href)) for step in report.open_steps[:STEPS_SHOWN]],
        "more_steps": len(report.open_steps[STEPS_SHOWN:]),
        "actions": [(action, urljoin(page, action.href)) for action in report.actions],
        "violations": [(one, urljoin(page, one.href)) for one in report.violations[:VIOLATIONS_SHOWN]],
        "more_violations": len(report.violations[VIOLATIONS_SHOWN:]),
        "workshops": [(line, urljoin(page, line.href)) for line in report.workshops if line.is_near],
        "policies": [(policy, _article_url(policy.code)) for policy in report.policies[:POLICIES_SHOWN]],
        "chart": CHART,
        "chart_words": chart_words(report),
    }
    return EmailParts(
        subject=subject_of(report),
        text=render_to_string("emails/report.txt", context),
        html=render_to_string("emails/report.html", context),
        images=[InlineImage(CHART, chart_png(report))],
    )


def subject_of(report: ReportContext) -> str:
    """The verdict, the total and the week, so that a list of emails tells the bad weeks from the good ones."""
    total = plural(report.report.points_at_end, "point")
    week, seller = days_words(report.report.week), isolated(report.seller.name)
    return f"{report.verdict.word}, {total}: your week of {week} · {seller}"


def _article_url(code: str) -> str:
    return settings.BASE_URL + reverse("policies:detail", kwargs={"code": code})

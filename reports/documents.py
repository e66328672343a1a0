"""A weekly report as PDF, and its chart as a picture for the email: the page's context, order and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language

from kit.addresses import portal_url
from kit.documents.links import spelled_link
from kit.documents.paper import paper_of
from kit.documents.rendering import pdf, png
from kit.formatting import counted, day_words, moment_words, signed
from violations.models import PointsEntry

from .rules import plural
from .selectors import ContentGroup, ExpiryLine, PolicyLine, ReportContext, Step, StepState, WorkshopLine

CHART_TITLE = "Total at the end of each week"
ALL_DONE = "Everything this report asked for was done, or its time is over."
NOTHING_OPEN = "No quiz and no appeal is open for the points that count."
NOTHING_COUNTS = "No points count, and no quiz is open to you."


def chart_png(context: ReportContext) -> bytes:
    """The chart of totals as a PNG of 1,200 pixels, to be shown 600 wide; ``chart_words`` is its alternative text.

    It stands on white with a border of its own, so that it reads on light and dark. The same report gives the same
    bytes. No query, about 20 milliseconds of computing.
    """
    return png("chart.typ", {"lang": get_language() or "en", "title": CHART_TITLE, **_totals(context)})


def chart_words(context: ReportContext) -> str:
    """What the chart of a report shows, in one sentence."""
    if len(context.totals) > 1:
        return context.totals_sentence
    return f"The total is {plural(context.report.points_at_end, 'point')} at the end of the first week."


def file_name(context: ReportContext, suffix: str) -> str:
    """What a report is called in somebody's folder of downloads."""
    seller = slugify(context.seller.name) or context.seller.pk
    return f"weekly-report-{context.report.week}-{seller}.{suffix}"


def report_pdf(context: ReportContext) -> bytes:
    """The report on paper: tagged, with its links spelled out by their targets. No query, 30 to 50 milliseconds.

    The same context gives the same bytes.
    """
    made_at = context.run.published_at or context.run.ends_at
    return pdf("report.typ", _head(context) | _body(context), created_at=made_at)


def _head(context: ReportContext) -> dict[str, Any]:
    report, seller, zone = context.report, context.seller, context.run.zone
    return {
        "lang": get_language() or "en",
        "letters": seller.market.language,
        "paper": paper_of(seller.market.code),
        "seller": seller.name,
        "seller_id": seller.external_id,
        "market": context.run.market_name,
        "days": context.days,
        "week": str(report.week),
        "zone": context.zone,
        "page": spelled_link(report.get_absolute_url()),
        "verdict": context.verdict.word,
        "total": report.points_at_end,
        "distance": context.distance_words,
        "sentence": context.sentence,
        "fresh": context.fresh,
        "as_of": moment_words(context.now, zone=zone),
    }


def _body(context: ReportContext) -> dict[str, Any]:
    report, zone = context.report, context.run.zone
    milestones = context.milestones
    return {
        "actions": [{"title": action.title, "text": action.text} for action in context.actions],
        "alert": {"title": context.alert_title, "text": context.alert_text},
        "since": [{"day": line.day, "title": line.title, "href": portal_url(line.href)} for line in context.since],
        "clean": _clean(context) if context.is_clean else "",
        "steps": [_step(step) for step in context.open_steps],
        "settled": [_step(step) for step in context.other_steps],
        "nothing_to_do": ALL_DONE if context.steps else NOTHING_OPEN if report.points_at_end else NOTHING_COUNTS,
        "stats": _stats(context) if context.has_moved else [],
        "quiet_words": context.quiet_words,
        "groups": [_group(group, context) for group in context.groups],
        "policies": [_policy(policy) for policy in context.policies],
        "policy_sentence": context.policy_sentence or "None was breached this week.",
        "weeks_before": context.weeks_before,
        "weeks": {"rows": context.weeks, "sentence": context.weeks_sentence, "reference": None},
        "has_history": context.has_history,
        "totals": _totals(context),
        "balance": context.balance,
        "entries": _entries(context),
        "change": signed(context.points_change),
        "counting": [_counting(entry, context) for entry in context.entries_counting],
        "expiry_sentence": context.expiry_sentence,
        "expiring": [
            {
                "day": day_words(line.day, zone=zone),
                "policies": _expiring_policies(line),
                "points": signed(-line.points),
                "total": line.total,
            }
            for line in context.expiring
        ],
        "milestones": [
            {"points": m.points, "label": m.label, "state": _milestone_state(m.points, context)} for m in milestones
        ],
        "articles": [
            {
                "title": policy.article,
                "href": portal_url(reverse("policies:article", kwargs={"code": policy.code})),
                "text": f"{policy.name}: {counted(policy.count, 'violation')} this week",
            }
            for policy in context.articles
        ],
        "workshops": [_workshop(line) for line in context.workshops],
        "workshops_title": context.workshops_title,
    }


def _clean(context: ReportContext) -> str:
    return context.streak_sentence + ("" if context.open_steps else " There is nothing to do.")


def _step(step: Step) -> dict[str, str]:
    up_to = "up to " if step.kind == "appeal" else ""
    gain = f"{up_to}{signed(step.change)} {'point' if step.gain == 1 else 'points'}" if step.gain else ""
    return {
        "title": step.title,
        "href": portal_url(step.href),
        "by": f"By {step.by}" if step.by and step.state is StepState.OPEN else "",
        "gain": gain if step.state is StepState.OPEN else step.state.value,
        "note": f"{step.note}." if step.note else "",
    }


def _stats(context: ReportContext) -> list[dict[str, str]]:
    report = context.report
    rows = [
        ("Violations", str(report.violation_count), context.trend),
        ("Points in", signed(report.points_in), "Assessed"),
        ("Points out", signed(report.points_out), "Credited and reversed"),
        ("Points expired", signed(-context.expired), "Past their last day"),
        ("Messages", str(report.message_count), "Told to you this week"),
    ]
    return [{"label": label, "value": value, "note": note} for label, value, note in rows]


def _group(group: ContentGroup, context: ReportContext) -> dict[str, Any]:
    zone, seller = context.run.zone, context.seller
    return {
        "label": group.label,
        "counts": f"{plural(len(group.violations), 'violation')}, {plural(len(group.messages), 'message')}",
        "violations": [
            {
                "policy": violation.policy,
                "href": portal_url(violation.href),
                "about": f"“{violation.content_title}”" if violation.content_title else "",
                "issued": day_words(violation.issued_at, zone=zone),
                "points": signed(violation.points),
                "note": violation.note,
            }
            for violation in group.violations
        ],
        "messages": [
            {
                "subject": message["subject"],
                "href": portal_url(
                    reverse("inbox:detail", kwargs={"seller_id": seller.pk, "message_id": message["id"]})
                ),
                "posted": moment_words(message["posted_at"], zone=zone),
            }
            for message in group.messages
        ],
    }


def _policy(policy: PolicyLine) -> dict[str, Any]:
    return {
        "name": policy.name,
        "href": portal_url(reverse("policies:detail", kwargs={"code": policy.code})),
        "count": policy.count,
        "previous": policy.previous,
        "before": policy.before_sum,
        "trend": policy.trend.value,
    }


def _totals(context: ReportContext) -> dict[str, Any]:
    milestone = context.next_milestone
    return {
        "sentence": chart_words(context),
        "rows": context.totals,
        "reference": [f"Milestone at {milestone.points}", milestone.points] if milestone else None,
    }


def _entries(context: ReportContext) -> list[dict[str, str]]:
    """The entries of the week as the page lists them: in, out, expired."""
    recorded: Iterable[Mapping[str, Any]] = [*context.entries_in, *context.entries_out]
    rows = [
        (entry, entry["policy"], "Assessed" if entry["points"] > 0 else entry["reason"], entry["points"])
        for entry in recorded
    ]
    rows += [
        (
            {"recorded_at": entry.recorded_at, "expires_at": entry.expires_at, "violation_id": entry.violation_id},
            entry.violation.policy.name,
            "Expired",
            -entry.points,
        )
        for entry in context.entries_expired
    ]
    return [
        {
            "policy": policy,
            "href": _violation_address(entry["violation_id"], context),
            "what": what,
            "recorded": day_words(entry["recorded_at"], zone=context.run.zone),
            "until": day_words(entry["expires_at"], zone=context.run.zone),
            "points": signed(points),
        }
        for entry, policy, what, points in rows
    ]


def _counting(entry: PointsEntry, context: ReportContext) -> dict[str, str]:
    return {
        "policy": entry.violation.policy.name,
        "href": _violation_address(entry.violation_id, context),
        "what": "Assessed" if entry.points > 0 else entry.reason,
        "until": day_words(entry.expires_at, zone=context.run.zone),
        "points": signed(entry.points),
    }


def _violation_address(violation_id: int, context: ReportContext) -> str:
    kwargs = {"seller_id": context.seller.pk, "violation_id": violation_id}
    return portal_url(reverse("violations:detail", kwargs=kwargs))


def _milestone_state(points: int, context: ReportContext) -> str:
    total = context.report.points_at_end
    if total >= points:
        return "Reached"
    left = f"{counted(points - total, 'point')} left"
    return f"Next: {left}" if points == context.report.next_milestone_points else left


def _expiring_policies(line: ExpiryLine) -> str:
    """The policies of the violations whose points expire, as the page lists them."""
    parts = [(violation.policy.name, f" {signed(-points)}") for violation, points in line.parts]
    return ", ".join(f"{name}{points if len(parts) > 1 else ''}" for name, points in parts)


def _workshop(line: WorkshopLine) -> dict[str, str]:
    workshop = line.workshop
    return {
        "title": workshop.title,
        "href": portal_url(line.href),
        "when": workshop.when,
        "where": f"{workshop.city}, {workshop.venue}{': in your city' if line.is_near else ''}",
        "state": line.state,
    }

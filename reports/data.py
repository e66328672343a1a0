"""Weekly reports as data: JSON and CSV of one report, and of all of a seller's. docs/reports.md names every field.

Moments are ISO 8601 in UTC, days are those of the time zone that the market had in the week, addresses are absolute.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse

from kit.addresses import portal_url
from kit.documents.csv_files import csv_lines
from sellers.models import Seller
from violations.models import PointsEntry

from .models import WeeklyReport
from .selectors import ReportContext, report_line, reports_of

ITEM_FIELDS = (
    "week",
    "item",
    "id",
    "at",
    "policy",
    "policy_name",
    "content_kind",
    "content_title",
    "text",
    "points",
    "counts_until",
    "url",
)
SUMMARY_FIELDS = (
    "week",
    "starts_on",
    "ends_on",
    "published_at",
    "verdict",
    "violations",
    "violations_week_before",
    "messages",
    "points_at_start",
    "points_in",
    "points_out",
    "points_expired",
    "points_at_end",
    "next_milestone",
    "is_approaching",
    "url",
)


def summary(report: WeeklyReport) -> dict[str, Any]:
    """A report in figures: a line of the list of all. Its run must be at hand."""
    published = report.run.published_at
    return {
        "week": str(report.week),
        "starts_on": report.week.monday.isoformat(),
        "ends_on": report.week.sunday.isoformat(),
        "published_at": _moment(published) if published else None,
        "verdict": report_line(report).verdict.word,
        "violations": report.violation_count,
        "violations_week_before": report.previous_violation_count,
        "messages": report.message_count,
        "points_at_start": report.points_at_start,
        "points_in": report.points_in,
        "points_out": report.points_out,
        "points_expired": report.points_at_start + report.points_in + report.points_out - report.points_at_end,
        "points_at_end": report.points_at_end,
        "next_milestone": report.next_milestone_points,
        "is_approaching": report.is_approaching,
        "url": portal_url(report.get_absolute_url()),
    }


def report_data(context: ReportContext) -> dict[str, Any]:
    """All that a report says, as data. No query."""
    seller = context.seller
    return {
        **summary(context.report),
        "time_zone": context.run.rules["time_zone"],
        "as_of": _moment(context.now),
        "seller": {"id": seller.external_id, "name": seller.name, "market": seller.market.code},
        "sentence": context.sentence,
        "items": items(context),
        "policies": [
            {
                "policy": policy.code,
                "policy_name": policy.name,
                "violations": policy.count,
                "violations_week_before": policy.previous,
                "violations_weeks_before": list(policy.before),
                "article": policy.article,
            }
            for policy in context.policies
        ],
        "weeks": [
            {"week_of": label, "violations": count, "points_at_end": total, "week": str(week)}
            for week, (label, count), (_, total) in zip(context.recent, context.weeks, context.totals, strict=True)
        ],
        "actions": [
            {"kind": action.word, "title": action.title, "text": action.text, "url": portal_url(action.href)}
            for action in context.actions
        ],
        "milestones": [{"points": step.points, "text": step.label} for step in context.milestones],
        "expiring": [
            {"at": _moment(line.day), "points": line.points, "total": line.total} for line in context.expiring
        ],
        "steps": [
            {
                "kind": step.kind,
                "title": step.title,
                "gain": step.gain,
                "deadline": _moment(step.deadline) if step.deadline else None,
                "state": step.state.value,
                "url": portal_url(step.href),
                "note": step.note,
            }
            for step in context.steps
        ],
        "since": [
            {"at": _moment(line.at), "title": line.title, "url": portal_url(line.href)} for line in context.since
        ],
        "workshops": [
            {
                "title": line.workshop.title,
                "starts_at": _moment(line.workshop.starts_at),
                "url": portal_url(line.href),
                "city": line.workshop.city,
                "venue": line.workshop.venue,
                "state": line.state,
            }
            for line in context.workshops
        ],
        "alert": {"title": context.alert_title, "text": context.alert_text} if context.alert_title else None,
        "balance": context.balance,
    }


def items(context: ReportContext) -> list[dict[str, Any]]:
    """What happened in the week, a line each: violations, messages, entries recorded, expired and left counting."""
    return [
        *_violations(context),
        *_messages(context),
        *(_recorded(entry, context) for entry in (*context.entries_in, *context.entries_out)),
        *(_kept("expired", entry, context) for entry in context.entries_expired),
        *(_kept("counting", entry, context) for entry in context.entries_counting),
    ]


def _violations(context: ReportContext) -> Iterator[dict[str, Any]]:
    for violation in context.violations:
        yield _item(
            "violation",
            context,
            id=violation.id,
            at=_moment(violation.issued_at),
            policy=violation.code,
            policy_name=violation.policy,
            content_kind=violation.content_kind,
            content_title=violation.content_title,
            text=violation.note,
            points=violation.points,
            url=portal_url(violation.href),
        )


def _messages(context: ReportContext) -> Iterator[dict[str, Any]]:
    for message in context.messages:
        kwargs = {"seller_id": context.seller.pk, "message_id": message["id"]}
        yield _item(
            "message",
            context,
            id=message["id"],
            at=_moment(message["posted_at"]),
            content_kind=message.get("content_kind"),
            content_title=message.get("content_title"),
            text=message["subject"],
            url=portal_url(reverse("inbox:detail", kwargs=kwargs)),
        )


def _recorded(entry: Mapping[str, Any], context: ReportContext) -> dict[str, Any]:
    return _item(
        entry["kind"],
        context,
        id=entry["id"],
        at=_moment(entry["recorded_at"]),
        policy=entry["code"],
        policy_name=entry["policy"],
        text=entry["reason"],
        points=entry["points"],
        counts_until=_moment(entry["expires_at"]),
        url=_violation_address(entry["violation_id"], context),
    )


def _kept(item: str, entry: PointsEntry, context: ReportContext) -> dict[str, Any]:
    """An entry that the report keeps by its id only: what expired leaves the total."""
    policy = entry.violation.policy
    return _item(
        item,
        context,
        id=entry.pk,
        at=_moment(entry.recorded_at),
        policy=policy.code,
        policy_name=policy.name,
        text=entry.reason,
        points=-entry.points if item == "expired" else entry.points,
        counts_until=_moment(entry.expires_at),
        url=_violation_address(entry.violation_id, context),
    )


def _item(item: str, context: ReportContext, **values: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(ITEM_FIELDS)
    return row | {"week": str(context.report.week), "item": item} | values


def _violation_address(violation_id: int, context: ReportContext) -> str:
    kwargs = {"seller_id": context.seller.pk, "violation_id": violation_id}
    return portal_url(reverse("violations:detail", kwargs=kwargs))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# --- Files


def report_json(context: ReportContext) -> Iterator[str]:
    """One report's JSON."""
    yield json.dumps(report_data(context), ensure_ascii=False, indent=1) + "\n"


def report_csv(context: ReportContext) -> Iterator[str]:
    """The lines of one report's CSV: its items."""
    return csv_lines(ITEM_FIELDS, ([item[field] for field in ITEM_FIELDS] for item in items(context)))


def all_csv(seller: Seller) -> Iterator[str]:
    """The lines of the CSV of all of a seller's reports, the newest first; read from the database as it is sent."""
    return csv_lines(SUMMARY_FIELDS, ([row[field] for field in SUMMARY_FIELDS] for row in _summaries(seller)))


def all_json(seller: Seller) -> Iterator[str]:
    """The same as a JSON list, a line each."""
    yield "["
    for number, row in enumerate(_summaries(seller)):
        yield f"{',' if number else ''}\n{json.dumps(row, ensure_ascii=False)}"
    yield "\n]\n"


def _summaries(seller: Seller) -> Iterable[dict[str, Any]]:
    reports = reports_of(seller).select_related("run").iterator(chunk_size=100)
    return (summary(report) for report in reports)

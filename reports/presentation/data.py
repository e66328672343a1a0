"""Weekly reports as data: JSON and CSV of one report, and of all of a seller's. docs/reports.md names every field.

Moments are ISO 8601 in UTC, and addresses are absolute. Days are those of the time zone that the market had in the
week.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from kit.addresses import portal_url
from kit.documents.csv_files import csv_lines

from .nodes import (
    Change,
    EnforcementNotice,
    EntryItem,
    FollowUp,
    MessageItem,
    PolicyItem,
    Summary,
    ViolationItem,
    WorkshopItem,
)
from .tree import PresentedReport

Data = dict[str, Any]

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


def summary_data(summary: Summary) -> Data:
    """A report in figures: a line of the list of all."""
    numbers = summary.figures
    return {
        "week": str(summary.week),
        "starts_on": summary.week.monday.isoformat(),
        "ends_on": summary.week.sunday.isoformat(),
        "published_at": _utc_or_none(summary.published_at),
        "verdict": summary.verdict.word,
        "violations": numbers.violations,
        "violations_week_before": numbers.violations_week_before,
        "messages": numbers.messages,
        "points_at_start": numbers.points_at_start,
        "points_in": numbers.points_in,
        "points_out": numbers.points_out,
        "points_expired": numbers.points_expired,
        "points_at_end": numbers.points_at_end,
        "next_milestone": numbers.next_milestone,
        "is_approaching": numbers.is_approaching,
        "url": portal_url(summary.href),
    }


def report_data(report: PresentedReport) -> Data:
    """All that a report says, as data. No query."""
    recipient, alert = report.recipient, report.alert
    return {
        **summary_data(report.summary),
        "time_zone": report.zone.key,
        "as_of": _utc(report.now),
        "seller": {"id": recipient.external_id, "name": recipient.name, "market": recipient.market_code},
        "sentence": report.sentence,
        "actions": [_action(action) for action in report.actions],
        "alert": {"title": alert.title, "text": alert.text} if alert else None,
        "plan": list(report.plan),
        "steps": [_follow_up(one) for one in report.follow_ups],
        "changes": [_change(one) for one in report.changes],
        "weeks": _weeks(report),
        "since": [{"at": _utc(one.at), "title": one.title, "url": portal_url(one.href)} for one in report.developments],
        "items": items(report),
        "policies": [_policy(policy) for policy in report.breaches.policies],
        "balance": report.ledger.balance,
        "expiring": [{"at": _utc(one.at), "points": one.points, "total": one.total} for one in report.ledger.expiring],
        "milestones": [{"points": one.points, "text": one.label} for one in report.milestones.items],
        "workshops": [_workshop(workshop) for workshop in report.workshops.items],
    }


def _change(change: Change) -> Data:
    return {"text": change.label, "this_week": change.this_week, "week_before": change.week_before}


def _policy(policy: PolicyItem) -> Data:
    return {
        "policy": policy.code,
        "policy_name": policy.name,
        "violations": policy.count,
        "violations_week_before": policy.previous,
        "violations_weeks_before": list(policy.before),
        "article": policy.article,
    }


def _weeks(report: PresentedReport) -> list[Data]:
    rows = zip(report.history.weeks, report.breaches.violations.rows, report.history.totals.rows, strict=True)
    return [
        {"week_of": label, "violations": count, "points_at_end": total, "week": str(week)}
        for week, (label, count), (_, total) in rows
    ]


def _action(action: EnforcementNotice) -> Data:
    return {"kind": action.word, "title": action.title, "text": action.text, "url": portal_url(action.href)}


def _follow_up(one: FollowUp) -> Data:
    return {
        "kind": one.kind,
        "title": one.title,
        "gain": one.gain,
        "deadline": _utc_or_none(one.deadline),
        "state": one.state.value,
        "url": portal_url(one.href),
        "note": one.note,
    }


def _workshop(workshop: WorkshopItem) -> Data:
    return {
        "title": workshop.title,
        "starts_at": _utc(workshop.starts_at),
        "url": portal_url(workshop.href),
        "city": workshop.city,
        "venue": workshop.venue,
        "state": workshop.state,
    }


# --- What happened in the week


def items(report: PresentedReport) -> list[Data]:
    """What happened in the week, a line each: violations, messages, entries recorded, expired and left counting."""
    week = str(report.week)
    found = [
        *(_violation(violation) for violation in report.contents.violations),
        *(_message(message) for message in report.contents.messages),
        *(_entry(entry) for entry in (*report.ledger.entries, *report.ledger.counting)),
    ]
    return [dict.fromkeys(ITEM_FIELDS) | {"week": week} | item for item in found]


def _violation(violation: ViolationItem) -> Data:
    return {
        "item": "violation",
        "id": violation.id,
        "at": _utc(violation.issued_at),
        "policy": violation.policy_code,
        "policy_name": violation.policy,
        "content_kind": violation.content_kind,
        "content_title": violation.content_title,
        "text": violation.note,
        "points": violation.points,
        "url": portal_url(violation.href),
    }


def _message(message: MessageItem) -> Data:
    return {
        "item": "message",
        "id": message.id,
        "at": _utc(message.posted_at),
        "content_kind": message.content_kind,
        "content_title": message.content_title,
        "text": message.subject,
        "url": portal_url(message.href),
    }


def _entry(entry: EntryItem) -> Data:
    return {
        "item": entry.kind,
        "id": entry.id,
        "at": _utc(entry.recorded_at),
        "policy": entry.policy_code,
        "policy_name": entry.policy,
        "text": entry.reason,
        "points": entry.points,
        "counts_until": _utc(entry.expires_at),
        "url": portal_url(entry.href),
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _utc_or_none(moment: datetime | None) -> str | None:
    return _utc(moment) if moment else None


# --- Files


def report_json(report: PresentedReport) -> Iterator[str]:
    """One report's JSON."""
    yield json.dumps(report_data(report), ensure_ascii=False, indent=1) + "\n"


def report_csv(report: PresentedReport) -> Iterator[str]:
    """The lines of one report's CSV: its items."""
    return csv_lines(ITEM_FIELDS, ([item[field] for field in ITEM_FIELDS] for item in items(report)))


def summaries_csv(summaries: Iterable[Summary]) -> Iterator[str]:
    """The lines of the CSV of all of a seller's reports, read as it is sent."""
    rows = (summary_data(summary) for summary in summaries)
    return csv_lines(SUMMARY_FIELDS, ([row[field] for field in SUMMARY_FIELDS] for row in rows))


def summaries_json(summaries: Iterable[Summary]) -> Iterator[str]:
    """The same as a JSON list, a line each."""
    yield "["
    for number, summary in enumerate(summaries):
        yield f"{',' if number else ''}\n{json.dumps(summary_data(summary), ensure_ascii=False)}"
    yield "\n]\n"

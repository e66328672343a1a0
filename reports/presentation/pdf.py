"""A weekly report as PDF: the page's order and words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kit.addresses import portal_url
from kit.documents.links import spelled_link
from kit.documents.paper import paper_of
from kit.documents.rendering import pdf
from kit.formatting import day_words, moment_words, signed

from ..wording import document, follow_ups
from ..wording.figures import breaches, messages_words, violations_words
from .nodes import (
    ContentGroup,
    EntryItem,
    ExpiryItem,
    FollowUp,
    FollowUpState,
    MessageItem,
    PolicyItem,
    ReportChart,
    ViolationItem,
    WorkshopItem,
)
from .tree import PresentedReport

Data = dict[str, Any]


def file_name(report: PresentedReport, suffix: str) -> str:
    """What a report is called in somebody's folder of downloads."""
    seller = slugify(report.recipient.name) or report.recipient.pk
    return f"weekly-report-{report.week}-{seller}.{suffix}"


def report_pdf(report: PresentedReport, *, look: Mapping[str, Any] | None = None) -> bytes:
    """The report on paper: tagged, with its links spelled out by their targets. No query, 30 to 50 milliseconds.

    The same tree gives the same bytes in the same look: what ``sellers.brands.paper_brand`` says of the market's brand.
    """
    parts = (_frame, _head, _what_to_do, _changes, _since, _week, _history, _points, _ahead)
    data = {name: value for part in parts for name, value in part(report).items()}
    return pdf("report.typ", data | {"brand": look or {}}, created_at=report.made_at)


def _language() -> str:
    return get_language() or "en"


def _frame(report: PresentedReport) -> Data:
    """The paper, its language and what stands around the report."""
    recipient, days = report.recipient, report.days
    return {
        "lang": _language(),
        "letters": recipient.language,
        "paper": paper_of(recipient.market_code),
        "words": document.labels(),
        "title": document.title(recipient.name),
        "title_of_file": document.title_of_file(recipient.name, days=days),
        "foot": document.foot(recipient.name, days=days),
        "market": recipient.market,
    }


def _head(report: PresentedReport) -> Data:
    return {
        "days": report.days,
        "zone": report.zone_name,
        "page": spelled_link(report.summary.href),
        "verdict": report.verdict.word,
        "total": report.figures.points_at_end,
        "unit": document.unit(report.figures.points_at_end),
        "distance": report.milestones.distance,
        "sentence": report.sentence,
        "fresh": report.freshness,
        "as_of": document.as_of(moment_words(report.now, zone=report.zone)),
    }


# --- What to do


def _what_to_do(report: PresentedReport) -> Data:
    alert = report.alert
    return {
        "actions": [{"title": action.title, "text": action.text} for action in report.actions],
        "alert": {"title": alert.title if alert else "", "text": alert.text if alert else ""},
        "clean": report.history.streak_sentence if report.is_clean else "",
        "plan": list(report.plan),
        "steps": [_follow_up(one) for one in report.open_follow_ups],
        "nothing_to_do": report.nothing_left,
    }


def _follow_up(one: FollowUp) -> dict[str, str]:
    is_open = one.state is FollowUpState.OPEN
    return {
        "title": one.title,
        "href": portal_url(one.href),
        "by": follow_ups.last_day(one.by) if one.by and is_open else "",
        "gain": one.gain_words if is_open else follow_ups.state_words(one.state.value),
        "note": f"{one.note}." if one.note else "",
    }


# --- What changed


def _changes(report: PresentedReport) -> Data:
    totals = report.history.totals
    return {
        "changes": [[one.label, one.words, one.words_before] for one in report.changes],
        "has_week_before": report.history.weeks_before > 0,
        "totals": _chart(totals),
        "total_moved": totals.has_moved,
    }


def _since(report: PresentedReport) -> Data:
    return {
        "since": [{"day": one.day, "title": one.title, "href": portal_url(one.href)} for one in report.developments],
        "settled": [_follow_up(one) for one in report.settled_follow_ups],
    }


# --- The week


def _week(report: PresentedReport) -> Data:
    return {
        "quiet_words": report.contents.quiet_kinds,
        "groups": [_group(group, report) for group in report.contents.groups],
    }


def _group(group: ContentGroup, report: PresentedReport) -> Data:
    counts = violations_words(len(group.violations)), messages_words(len(group.messages))
    return {
        "label": group.label,
        "counts": ", ".join(counts),
        "violations": [_violation(violation, report) for violation in group.violations],
        "messages": [_message(message, report) for message in group.messages],
    }


def _violation(violation: ViolationItem, report: PresentedReport) -> dict[str, str]:
    return {
        "policy": violation.policy,
        "href": portal_url(violation.href),
        "about": f"“{violation.content_title}”" if violation.content_title else "",
        "issued": day_words(violation.issued_at, zone=report.zone),
        "points": signed(violation.points),
        "note": violation.note,
    }


def _message(message: MessageItem, report: PresentedReport) -> dict[str, str]:
    return {
        "subject": message.subject,
        "href": portal_url(message.href),
        "posted": moment_words(message.posted_at, zone=report.zone),
    }


# --- The weeks before


def _history(report: PresentedReport) -> Data:
    breaches = report.breaches
    return {
        "policies": [_policy(policy) for policy in breaches.policies],
        "policy_sentence": breaches.policies_sentence,
        "earlier": document.weeks_before(report.history.weeks_before),
        "weeks": _chart(breaches.violations),
        "has_history": breaches.had_violations,
        "articles": [_article(policy) for policy in breaches.articles],
        "articles_title": document.articles(len(breaches.articles)),
    }


def _policy(policy: PolicyItem) -> Data:
    return {
        "name": policy.name,
        "href": portal_url(policy.href),
        "count": policy.count,
        "previous": policy.previous,
        "before": policy.before_sum,
        "trend": policy.trend,
    }


def _article(policy: PolicyItem) -> dict[str, str]:
    return {
        "title": policy.article or "",
        "href": portal_url(policy.article_href),
        "text": breaches(policy.name, policy.count),
    }


def _chart(chart: ReportChart) -> Data:
    reference = list(chart.references[0]) if chart.references else None
    return {"title": chart.title, "sentence": chart.sentence, "rows": chart.rows, "reference": reference}


# --- Points


def _points(report: PresentedReport) -> Data:
    ledger = report.ledger
    return {
        "balance": ledger.balance,
        "entries": [_entry(entry, report) for entry in ledger.entries],
        "change": signed(report.figures.points_change),
        "counting": [_entry(entry, report) for entry in ledger.counting],
        "total_made_of": document.total_made_of(report.figures.points_at_end),
        "expiry_sentence": ledger.expiry_sentence,
        "expiring": [_expiry(one, report) for one in ledger.expiring],
    }


def _entry(entry: EntryItem, report: PresentedReport) -> dict[str, str]:
    return {
        "policy": entry.policy,
        "href": portal_url(entry.href),
        "what": entry.what,
        "recorded": day_words(entry.recorded_at, zone=report.zone),
        "until": day_words(entry.expires_at, zone=report.zone),
        "points": signed(entry.points),
    }


def _expiry(one: ExpiryItem, report: PresentedReport) -> Data:
    """With the policies of the violations whose points expire, as the page lists them."""
    has_many = len(one.violations) > 1
    policies = [f"{part.policy} {signed(-part.points)}" if has_many else part.policy for part in one.violations]
    return {
        "day": day_words(one.at, zone=report.zone),
        "policies": ", ".join(policies),
        "points": signed(-one.points),
        "total": one.total,
    }


# --- What is ahead


def _ahead(report: PresentedReport) -> Data:
    return {
        "milestones": [
            {
                "points": document.milestone(one.points),
                "label": one.label,
                "state": one.state,
                "is_next": one is report.milestones.next,
            }
            for one in report.milestones.items
        ],
        "workshops": [_workshop(workshop) for workshop in report.workshops.items],
        "workshops_title": report.workshops.title,
    }


def _workshop(workshop: WorkshopItem) -> dict[str, str]:
    place = ", ".join(part for part in (workshop.city, workshop.venue) if part)
    return {
        "title": workshop.title,
        "href": portal_url(workshop.href),
        "when": workshop.when,
        "where": _("%(place)s: in your city") % {"place": place} if workshop.is_near else place,
        "state": workshop.state,
    }

"""Entries of the ledger and the total they make, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sellers.models import Content

from ..models import PointsEntry
from ..selectors import NO_CONTENT, Explanation, Timeframe


def source_words(entry: PointsEntry) -> str:
    """What led to an entry: ``Violation``, ``Quiz passed: Claims``, ``Appeal granted``."""
    if entry.source == PointsEntry.Source.VIOLATION:
        return _("Violation")
    granted = entry.source == PointsEntry.Source.APPEAL and entry.kind == PointsEntry.Kind.REVERSAL
    return _("Appeal granted") if granted else entry.reason


def recorded_by(entry: PointsEntry) -> str:
    """Who recorded an entry, as sellers are told: staff are not named to them."""
    person = entry.created_by
    if person is None:
        by_systems = entry.source == PointsEntry.Source.VIOLATION
        return _("the marketplace’s systems") if by_systems else _("the portal")
    return _("marketplace staff") if person.is_staff else person.name or person.email


def until_words(end: str) -> str:
    return _("until %(day)s") % {"day": end}


def counts_words(start: str, end: str) -> str:
    """From when until when an entry counts."""
    return _("Counts from %(start)s until %(end)s") % {"start": start, "end": end}


def recorded_words(moment: str, *, person: str) -> str:
    return _("Recorded %(moment)s by %(person)s") % {"moment": moment, "person": person}


NO_ENTRY = {
    Timeframe.PAST: gettext_noop("No entry of the ledger counted."),
    Timeframe.NOW: gettext_noop("No entry of the ledger counts."),
    Timeframe.FUTURE: gettext_noop("No entry of the ledger will count, if nothing is added until then."),
}
ONE_ENTRY = {
    Timeframe.PAST: gettext_noop("One entry counted: the one below, as it was known then."),
    Timeframe.NOW: gettext_noop("One entry counts: the one below."),
    Timeframe.FUTURE: gettext_noop("One entry will count: the one below, if nothing is added until then."),
}
ENTRIES = {
    Timeframe.PAST: gettext_noop("The total is the sum of the %(count)s entries below, as it was known then."),
    Timeframe.NOW: gettext_noop("The total is the sum of the %(count)s entries below."),
    Timeframe.FUTURE: gettext_noop(
        "The total is the sum of the %(count)s entries below, if nothing is added until then."
    ),
}


def what_the_total_is_made_of(explanation: Explanation) -> str:
    """What the total is made of, and in which sense it is meant."""
    count, timeframe = len(explanation.counting), explanation.timeframe
    if count > 1:
        return _(ENTRIES[timeframe]) % {"count": count}
    return _(ONE_ENTRY[timeframe] if count else NO_ENTRY[timeframe])


CONTENT_WORDS = {
    Content.Kind.LIVE: gettext_noop("LIVEs"),
    Content.Kind.VIDEO: gettext_noop("videos"),
    Content.Kind.LISTING: gettext_noop("listings"),
    NO_CONTENT: gettext_noop("no content"),
}


def content_words(kind: str) -> str:
    """The kind of content that entries are about: ``LIVEs``, ``no content``."""
    return _(CONTENT_WORDS[kind])


def narrowed_words(*, policy: str, content: str) -> str:
    """What the lines are narrowed to; empty if they are not."""
    facts = {"policy": policy, "content": content_words(content) if content else ""}
    if policy and content:
        return _("Only entries about “%(policy)s” and %(content)s.") % facts
    if policy:
        return _("Only entries about “%(policy)s”.") % facts
    return _("Only entries about %(content)s.") % facts if content else ""

"""Entries of the ledger and the total they make, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.formatting import day_words

from ..models import PointsEntry
from ..rules import TotalChange
from ..selectors import Explanation, Timeframe


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


def how_the_total_changes(explanation: Explanation, *, since: datetime, zone: ZoneInfo) -> str:
    """What the chart shows: from its start to now, and what comes if nothing is added."""
    changes, now = explanation.total_changes, explanation.now
    past = _how_it_changed(changes, since=since, now=now, zone=zone)
    coming = [change for change in changes if change.at > now]
    if coming:
        return f"{past} {_how_it_falls(coming, zone=zone)}"
    return past if _total_at(changes, now) else f"{past} {_('Nothing will expire.')}"


def milestone_label(points: int) -> str:
    """How a milestone is marked in the chart."""
    return _("%(points)s points") % {"points": points}


def _how_it_changed(changes: Sequence[TotalChange], *, since: datetime, now: datetime, zone: ZoneInfo) -> str:
    first, current = _total_at(changes, since), _total_at(changes, now)
    highest = max([first, *(change.total for change in changes if since <= change.at <= now)])
    if current == first and not highest:
        return _("No points counted.")
    words = {"start": day_words(since, zone=zone), "first": first, "current": current, "highest": highest}
    return _movement(first, current, is_highest=highest <= max(first, current)) % words


def _movement(first: int, current: int, *, is_highest: bool) -> str:
    """``is_highest``: no total in between was above both."""
    if current > first:
        rose = _("From %(start)s to now the total rose from %(first)s to %(current)s.")
        higher = _(
            "From %(start)s to now the total rose from %(first)s to %(current)s, with %(highest)s as the highest in "
            "between."
        )
        return rose if is_highest else higher
    if current < first:
        fell = _("From %(start)s to now the total fell from %(first)s to %(current)s.")
        higher = _(
            "From %(start)s to now the total fell from %(first)s to %(current)s, with %(highest)s as the highest in "
            "between."
        )
        return fell if is_highest else higher
    went = _("From %(start)s to now the total went from %(first)s to %(current)s.")
    higher = _(
        "From %(start)s to now the total went from %(first)s to %(current)s, with %(highest)s as the highest in "
        "between."
    )
    return went if is_highest else higher


def _how_it_falls(coming: Sequence[TotalChange], *, zone: ZoneInfo) -> str:
    said = ngettext(
        "If nothing is added, it falls to %(total)s by %(day)s, in %(steps)s step.",
        "If nothing is added, it falls to %(total)s by %(day)s, in %(steps)s steps.",
        len(coming),
    )
    last = coming[-1]
    return said % {"total": last.total, "day": day_words(last.at, zone=zone), "steps": f"{len(coming):,}"}


def _total_at(changes: Sequence[TotalChange], moment: datetime) -> int:
    return next((change.total for change in reversed(changes) if change.at <= moment), 0)

"""Numbers, days and how far a run is, as reports and those who watch a run write them."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext, pgettext

from kit.dates import Week
from kit.formatting import day_in_form

from ..rules import RunState

RUN_STATES = {
    RunState.BUILDING: gettext_noop("Being built"),
    RunState.WAITS: gettext_noop("Waits for staff"),
    RunState.BUILT: gettext_noop("Built, about to be published"),
    RunState.TELLING: gettext_noop("Published, sellers are being told"),
    RunState.TELLING_WAITS: gettext_noop("Published, telling some sellers waits for staff"),
    RunState.PUBLISHED: gettext_noop("Published"),
}


def run_state_words(state: RunState) -> str:
    return _(RUN_STATES[state])


# --- Counts


def points_words(count: int) -> str:
    """``1 point``, ``1,200 points``, and ``no points`` for none."""
    if not count:
        return _("no points")
    return ngettext("%(count)s point", "%(count)s points", count) % {"count": f"{count:,}"}


def violations_words(count: int) -> str:
    if not count:
        return _("no violations")
    return ngettext("%(count)s violation", "%(count)s violations", count) % {"count": f"{count:,}"}


def messages_words(count: int) -> str:
    if not count:
        return _("no messages")
    return ngettext("%(count)s message", "%(count)s messages", count) % {"count": f"{count:,}"}


def weeks_words(count: int) -> str:
    return ngettext("%(count)s week", "%(count)s weeks", count) % {"count": f"{count:,}"}


def days_words(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": f"{count:,}"}


def distance_words(total: int, next_milestone: int | None) -> str:
    """``4 points left before 24``."""
    if next_milestone is None:
        return _("every milestone is reached")
    left = points_words(next_milestone - total)
    return _("%(points)s left before %(milestone)s") % {"points": left, "milestone": next_milestone}


def points_off(points: int) -> str:
    """What a passed quiz brought: ``1 point less``, or that it brought none."""
    if not points:
        return _("no point came off")
    return ngettext("%(points)s point less", "%(points)s points less", points) % {"points": f"{points:,}"}


def breaches(policy: str, count: int) -> str:
    """How often a policy was breached in the week."""
    said = ngettext("%(policy)s: %(count)s violation this week", "%(policy)s: %(count)s violations this week", count)
    return said % {"policy": policy, "count": f"{count:,}"}


# --- Days and times


def week_days(week: Week) -> str:
    """The days of a week: ``9–15 November 2026``, with the month and the year where they change."""
    first, last = week.monday, week.sunday
    days = {"first": _first_day(first, last), "last": day_in_form(last, pgettext("day of a week", "j F Y"))}
    said = _("%(first)s–%(last)s") if first.month == last.month else _("%(first)s – %(last)s")
    return said % days


def _first_day(first: date, last: date) -> str:
    if first.year != last.year:
        return day_in_form(first, pgettext("day of a week", "j F Y"))
    if first.month != last.month:
        return day_in_form(first, pgettext("day of a week", "j F"))
    return day_in_form(first, pgettext("day of a week", "j"))


def week_range(week: Week) -> str:
    """``Mon 9 Nov – Sun 15 Nov 2026``."""
    first, last = week.monday, week.sunday
    whole = pgettext("day of a week", "D j M Y")
    start = day_in_form(first, pgettext("day of a week", "D j M") if first.year == last.year else whole)
    return _("%(first)s – %(last)s") % {"first": start, "last": day_in_form(last, whole)}


def short_day(day: date) -> str:
    """``9 Nov``, under a column of a chart."""
    return day_in_form(day, pgettext("day of a week", "j M"))


def duration_words(seconds: float) -> str:
    """``45 s``, ``3 min 20 s``, ``2 h 5 min``: two units at most, rounded; less than half a second is said so."""
    whole = round(seconds)
    if not whole:
        return _("less than a second")
    if whole < 60:
        return _("%(seconds)s s") % {"seconds": whole}
    if whole < 3600:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": whole // 60, "seconds": whole % 60}
    return _("%(hours)s h %(minutes)s min") % {"hours": whole // 3600, "minutes": whole % 3600 // 60}

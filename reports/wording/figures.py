"""Numbers, days and how far a run is, as reports and those who watch a run write them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.dates import Week
from kit.formatting import counted

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


def count_words(count: int, noun: str) -> str:
    """``1 point``, ``3 points``, and ``no points`` for none."""
    return counted(count, noun) if count else f"no {noun}s"


def distance_words(total: int, next_milestone: int | None) -> str:
    """``4 points left before 24``."""
    if next_milestone is None:
        return _("every milestone is reached")
    left = count_words(next_milestone - total, "point")
    return _("%(points)s left before %(milestone)s") % {"points": left, "milestone": next_milestone}


def points_off(points: int) -> str:
    """What a passed quiz brought: ``1 point less``, or that it brought none."""
    if not points:
        return _("no point came off")
    return ngettext("%(points)s point less", "%(points)s points less", points) % {"points": f"{points:,}"}


def week_days(week: Week) -> str:
    """The days of a week: ``9–15 November 2026``, with the month and the year where they change."""
    first, last = week.monday, week.sunday
    start = f"{first.day}"
    if first.month != last.month:
        start += f" {first:%B}"
    if first.year != last.year:
        start += f" {first.year}"
    dash = "–" if first.month == last.month else " – "
    return f"{start}{dash}{last.day} {last:%B} {last.year}"


def week_range(week: Week) -> str:
    """``Mon 9 Nov – Sun 15 Nov 2026``."""
    first, last = week.monday, week.sunday
    year = f" {first.year}" if first.year != last.year else ""
    return f"Mon {first.day} {first:%b}{year} – Sun {last.day} {last:%b} {last.year}"


def duration_words(seconds: float) -> str:
    """``45 s``, ``3 min 20 s``, ``2 h 5 min``: two units at most, rounded; less than half a second is said so."""
    whole = round(seconds)
    if not whole:
        return _("less than a second")
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def breaches(policy: str, count: int) -> str:
    """How often a policy was breached in the week."""
    said = ngettext("%(policy)s: %(count)s violation this week", "%(policy)s: %(count)s violations this week", count)
    return said % {"policy": policy, "count": f"{count:,}"}

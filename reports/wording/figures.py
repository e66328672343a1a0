"""Numbers, days and how far a run is, as reports and those who watch a run write them."""

from __future__ import annotations

from kit.dates import Week
from kit.formatting import counted

from ..rules import RunState

RUN_STATES = {
    RunState.BUILDING: "Being built",
    RunState.WAITS: "Waits for staff",
    RunState.BUILT: "Built, about to be published",
    RunState.TELLING: "Published, sellers are being told",
    RunState.TELLING_WAITS: "Published, telling some sellers waits for staff",
    RunState.PUBLISHED: "Published",
}


def count_words(count: int, noun: str) -> str:
    """``1 point``, ``3 points``, and ``no points`` for none."""
    return counted(count, noun) if count else f"no {noun}s"


def distance_words(total: int, next_milestone: int | None) -> str:
    """``4 points left before 24``."""
    if next_milestone is None:
        return "every milestone is reached"
    return f"{count_words(next_milestone - total, 'point')} left before {next_milestone}"


def points_off(points: int) -> str:
    """What a passed quiz brought: ``1 point less``, or that it brought none."""
    return f"{counted(points, 'point')} less" if points else "no point came off"


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
        return "less than a second"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def breaches(policy: str, count: int) -> str:
    """How often a policy was breached in the week."""
    return f"{policy}: {counted(count, 'violation')} this week"

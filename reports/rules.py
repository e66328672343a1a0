"""Weekly reports: which week is next, which quizzes are open, and what figures mean in words.

Pure functions; moments are aware datetimes, weeks and months are those of the market's time zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from sellers.rules import Week, local_midnight, month_start, next_month

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=30)


def week_to_build(books_closed_until: datetime, *, last: Week | None, zone: ZoneInfo) -> Week:
    """The next week of a market to be built: the local one that the end of its closed books lies in.

    A market that moved to a time zone further west lies in the ``last`` week again; then it is the week after that.
    """
    week = Week.of(books_closed_until, zone=zone)
    return week if last is None or week > last else last.next


def retry_after(attempts: int) -> timedelta:
    """How long a chunk waits after it failed for the ``attempts``-th time: 30 seconds, doubled up to half an hour."""
    doublings = min(attempts - 1, 10)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)


@dataclass(frozen=True)
class QuizWindow:
    """Violations issued in a local month, [issued_from, issued_until), can be worked on before ``closes_at``."""

    issued_from: datetime
    issued_until: datetime
    closes_at: datetime


def open_quiz_windows(at: datetime, *, zone: ZoneInfo) -> Sequence[QuizWindow]:
    """The windows that are open at a moment: of the local month it lies in and of the month before.

    A quiz can be taken until the last local instant of the month after the one in which the violation was issued.
    """
    this = month_start(at, zone=zone)
    previous = month_start(local_midnight(this, zone=zone) - timedelta(days=1), zone=zone)
    months = [previous, this, next_month(this), next_month(next_month(this))]
    starts = [local_midnight(month, zone=zone) for month in months]
    return [QuizWindow(starts[i], starts[i + 1], starts[i + 2]) for i in range(2)]


class Trend(Enum):
    """A count against the one of the week before."""

    NEW = "New this week"
    UP = "More than the week before"
    SAME = "As many as the week before"
    DOWN = "Fewer than the week before"
    GONE = "None this week"


def trend(count: int, previous: int) -> Trend:
    """How a count compares with the one of the week before. Nothing in both weeks is as many."""
    if count == previous:
        return Trend.SAME
    if not previous:
        return Trend.NEW
    if not count:
        return Trend.GONE
    return Trend.UP if count > previous else Trend.DOWN


CAPABILITY_WORDS = {
    "listings": "new listings",
    "campaigns": "campaigns",
    "live": "LIVEs",
    "videos": "shoppable videos",
    "orders": "new orders",
}


def milestone_words(kind: str, capabilities: Sequence[str], duration_days: int | None) -> str:
    """What happens at a milestone: ``7 days without new listings and campaigns``."""
    if kind == "deactivation":
        return "Deactivation of the account"
    if kind == "warning":
        return "A warning"
    length = "Until it is lifted" if duration_days is None else plural(duration_days, "day")
    lost = join_words([CAPABILITY_WORDS.get(capability, capability) for capability in capabilities])
    if not lost:
        return f"{kind.capitalize()}, {length[:1].lower()}{length[1:]}"
    return f"{length} without {lost}"


def join_words(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def plural(count: int, noun: str) -> str:
    """``1 point``, ``3 points``, ``no points``."""
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def week_sentence(*, violations: int, points_at_start: int, points_at_end: int, next_milestone: int | None) -> str:
    """The week in one sentence: what was found, how the total moved, and how far the next milestone is."""
    found = f"{plural(violations, 'violation').capitalize()} this week"
    if points_at_end == points_at_start:
        total = f"your total stayed at {plural(points_at_end, 'point')}" if points_at_end else "you have no points"
    else:
        verb = "rose" if points_at_end > points_at_start else "fell"
        total = f"your total {verb} from {points_at_start} to {plural(points_at_end, 'point')}"
    if not points_at_end or next_milestone is None:
        return f"{found}; {total}."
    return f"{found}; {total}, {next_milestone - points_at_end} before the milestone at {next_milestone}."


def days_words(week: Week) -> str:
    """The days of a week: ``9–15 November 2026``, with the month and the year where they change."""
    first, last = week.monday, week.sunday
    start = f"{first.day}"
    if first.month != last.month:
        start += f" {first:%B}"
    if first.year != last.year:
        start += f" {first.year}"
    dash = "–" if first.month == last.month else " – "
    return f"{start}{dash}{last.day} {last:%B} {last.year}"

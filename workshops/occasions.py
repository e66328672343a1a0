"""When a workshop gives reason to write to who has a place: a week and a day before, and after its end.

Pure: a day before is the day before on the clocks where it takes place, at the same time of day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

DAYS_BEFORE = {"week": 7, "day": 1}

WEEK_REMINDER_LASTS = timedelta(days=2)
"""How late a reminder of a week before may come; later, the one of a day before is enough."""

MAX_FEEDBACK_DAYS = 90
"""For how many days after the end feedback is taken at most."""

MIN_ANSWERS_SHOWN = 5
"""From how many answers on hosts read them: among fewer, somebody might be recognised."""


class Occasion(Enum):
    WEEK = "week"
    DAY = "day"
    FEEDBACK = "feedback"


@dataclass(frozen=True)
class Due:
    """An occasion, and from when until when it lasts (UTC, half-open)."""

    occasion: Occasion
    since: datetime
    until: datetime


def due_at(now: datetime, *, starts_at: datetime, ends_at: datetime, zone: ZoneInfo, feedback_days: int) -> Due | None:
    """The occasion that a workshop gives at a moment, ``None`` if it gives none."""
    week, day = (days_before(starts_at, days=days, zone=zone) for days in DAYS_BEFORE.values())
    occasions = [
        Due(Occasion.WEEK, week, week + WEEK_REMINDER_LASTS),
        Due(Occasion.DAY, day, starts_at),
        Due(Occasion.FEEDBACK, ends_at, feedback_until(ends_at, days=feedback_days)),
    ]
    return next((due for due in occasions if due.since <= now < due.until), None)


def days_before(moment: datetime, *, days: int, zone: ZoneInfo) -> datetime:
    """The same time of day so many days before, on the clocks of ``zone`` (UTC).

    A time that clocks skip on that day is the one an hour later; of one that comes twice, the first.
    """
    local = moment.astimezone(zone).replace(fold=0) - timedelta(days=days)
    return local.astimezone(UTC)


def feedback_until(ends_at: datetime, *, days: int) -> datetime:
    """Until when feedback is taken (exclusive, UTC)."""
    return ends_at + timedelta(days=days)


class WhyNoFeedback(Enum):
    """Why a seller cannot say how a workshop was."""

    NOT_THERE = "nobody of it was checked in"
    GIVEN = "it has said so before"
    NOT_ASKED = "nobody is asked"
    TOO_EARLY = "it has not ended"
    TOO_LATE = "the days for it are over"


def why_no_feedback(
    *, was_there: bool, given: bool, ends_at: datetime, days: int, now: datetime
) -> WhyNoFeedback | None:
    """Why a seller cannot say how a workshop was, ``None`` if it can."""
    if given:
        return WhyNoFeedback.GIVEN
    if not days:
        return WhyNoFeedback.NOT_ASKED
    if now < ends_at:
        return WhyNoFeedback.TOO_EARLY
    if not was_there:
        return WhyNoFeedback.NOT_THERE
    return WhyNoFeedback.TOO_LATE if now >= feedback_until(ends_at, days=days) else None

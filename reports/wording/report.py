"""What a report says of its week, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from kit.dates import Week
from kit.formatting import counted, day_words, deadline_words, join_words, moment_words
from violations.rules import Expiry, StandingLevel

from .. import rules
from ..rules import WorkshopState
from .figures import count_words, week_days

WORKSHOP_STATES = {
    WorkshopState.CANCELLED: "Cancelled",
    WorkshopState.TOOK_PLACE: "Took place",
    WorkshopState.HAD_PLACE: "You had a place",
    WorkshopState.HAS_PLACE: "You have a place",
    WorkshopState.WAITING: "You are on the waiting list",
    WorkshopState.FULL: "Full, with a waiting list",
}


ALL_DONE = "Everything this report asked for was done, or its time is over."


NOTHING_OPEN = "No quiz and no appeal is open for the points that count."


NOTHING_COUNTS = "No points count, and no quiz is open to you."


NOTHING_TO_DO = "There is nothing to do."


def level_words(level: StandingLevel, *, violations: int) -> str:
    """A week in a word: the standing at its end, or that it was clean."""
    return "Clean week" if rules.is_clean_week(level, violations=violations) else level.value


def workshop_words(state: WorkshopState, *, places_left: int) -> str:
    """What a seller can expect of a workshop."""
    return WORKSHOP_STATES.get(state) or f"{counted(places_left, 'place')} left"


def week_sentence(
    *,
    violations: int,
    points_at_start: int,
    points_at_end: int,
    next_milestone: int | None,
    milestones: Sequence[int] = (),
) -> str:
    """The week in one sentence: what was found, how the total moved, what it passed and how far the next milestone is.

    ``milestones`` are those of the market; between the totals of the start and the end lie those that were passed.
    """
    found = f"{count_words(violations, 'violation').capitalize()} this week"
    moved = _total_moved(points_at_start, points_at_end)
    if not points_at_end:
        return f"{found}; {moved}."
    reached = [milestone for milestone in milestones if milestone <= points_at_end]
    moved += _milestone_reached(reached, points_at_start)
    if next_milestone is None:
        return f"{found}; {moved}."
    left = next_milestone - points_at_end
    return f"{found}; {moved}, {left} before the {'next' if reached else 'milestone'} at {next_milestone}."


def _total_moved(start: int, end: int) -> str:
    if start == end:
        return f"your total stayed at {count_words(end, 'point')}" if end else "you have no points"
    return f"your total {'rose' if end > start else 'fell'} from {start} to {count_words(end, 'point')}"


def _milestone_reached(reached: Sequence[int], points_at_start: int) -> str:
    """The highest milestone at or below the total of the end, and whether it was reached in the week."""
    if not reached:
        return ""
    highest = reached[-1]
    return (
        f" and reached the milestone at {highest}"
        if highest > points_at_start
        else f", past the milestone at {highest}"
    )


def balance_sentence(*, start: int, points_in: int, points_out: int, expired: int) -> str:
    """How the total of the start became that of the end. ``points_out`` is zero or below, ``expired`` zero or above."""
    moves = [f"{count_words(points_in, 'point')} came in"] if points_in else []
    if points_out:
        moves.append(f"{count_words(-points_out, 'point')} went out")
    if expired:
        moves.append(f"{count_words(expired, 'point')} expired")
    end = count_words(start + points_in + points_out - expired, "point")
    if not moves:
        return f"No entry was recorded this week and none expired: {end} from start to end."
    return f"The week started with {count_words(start, 'point')}; {join_words(moves)}; it ended with {end}."


def alert_text(
    *,
    distance: int,
    milestone: int,
    consequence: str,
    notice_days: int,
    points_by_policy: Mapping[str, int],
) -> str:
    """What happens at the milestone that is near, and which violations of the week would be enough to reach it."""
    start = f"{counted(notice_days, 'day')} after" if notice_days else "with"
    text = f"At {count_words(milestone, 'point')}: {consequence}. It starts {start} the message that announces it."
    if distance == 1:
        return f"{text} Any further violation would be enough."
    enough = [
        f"“{policy}” ({count_words(points, 'point')})"
        for policy, points in points_by_policy.items()
        if points >= distance
    ]
    if not enough:
        return text
    return f"{text} One more violation of {join_words(enough, last='or')} would be enough."


def action_text(
    *, lost: str, starts_at: datetime, ends_at: datetime | None, lifted_at: datetime | None, zone: ZoneInfo
) -> str:
    """What an enforcement action takes away, from when and until when (local)."""
    text = f"{f'No {lost}' if lost else 'It applies'} from {moment_words(starts_at, zone=zone)}"
    if lifted_at:
        return f"{text}; lifted on {moment_words(lifted_at, zone=zone)}."
    return f"{text} until {deadline_words(ends_at, zone=zone) if ends_at else 'it is lifted'}."


def expiry_sentence(*, total: int, points: int, next_expiry: Expiry | None) -> str:
    """What expires in the coming four weeks, else when the next points do."""
    if not total or next_expiry is None:
        return "No points count, so none will expire."
    if not points:
        coming = f"{counted(next_expiry.points, 'point')} on {day_words(next_expiry.day)}"
        return f"No points expire in the coming four weeks; the next are {coming}."
    expire = f"{counted(points, 'point')} {'expires' if points == 1 else 'expire'} in the coming four weeks"
    return f"{expire}; {_left_then(total - points, total)}."


def _left_then(left: int, total: int) -> str:
    return (
        f"{counted(left, 'point')} of {total} {'is' if left == 1 else 'are'} left then" if left else "none is left then"
    )


def streak_sentence(weeks: int, *, previous: int) -> str:
    """How long nothing was found: since the week before, for some weeks, or since the first report."""
    if previous:
        return f"The week before had {count_words(previous, 'violation')}; this one has none."
    if weeks > rules.LONGEST_STREAK:
        return "That makes more than a year without a violation."
    if weeks > 1:
        return f"That makes {weeks} weeks in a row without a violation."
    return "No LIVE, video or listing of yours was found to break a policy."


def nothing_left(*, had_steps: bool, points: int) -> str:
    """Why there is nothing to do."""
    return ALL_DONE if had_steps else NOTHING_OPEN if points else NOTHING_COUNTS


def quiet_words(kinds: Sequence[str]) -> str:
    """The kinds of content without a violation and a message, in a sentence; empty if there is none."""
    return f"No violation and no message about {join_words(kinds, last='or')}." if kinds else ""


def freshness(*, published_at: datetime | None, known_until: datetime, zone: ZoneInfo) -> str:
    """How final a report is."""
    if published_at:
        return f"Published {moment_words(published_at, zone=zone)}, frozen since"
    return f"A draft: what was recorded until {moment_words(known_until, zone=zone)}"


def alert_title(*, distance: int, milestone: int) -> str:
    """That a milestone is near."""
    return f"You are near a milestone: {count_words(distance, 'point')} left before {milestone}"


def action_title(kind: str, *, milestone: int, is_new: bool, lifted: bool) -> str:
    """An enforcement action and the milestone that led to it."""
    when = "this week" if is_new else "before this week"
    return f"{kind}{', lifted' if lifted else ''}: you reached {count_words(milestone, 'point')} {when}"


def milestone_state(*, milestone: int, total: int, is_next: bool) -> str:
    """Where a total stands before a milestone."""
    if total >= milestone:
        return "Reached"
    left = f"{counted(milestone - total, 'point')} left"
    return f"Next: {left}" if is_next else left


def workshops_title(*, all_near: bool) -> str:
    """What to call the workshops: all are in the seller's market, those in its city come first."""
    return f"Workshops in your {'city' if all_near else 'market'}"


def subject(verdict: str, *, points: int, week: Week, seller: str) -> str:
    """The verdict, the total and the week, so that a list of emails tells the bad weeks from the good ones."""
    return f"{verdict}, {count_words(points, 'point')}: your week of {week_days(week)} · {seller}"

"""Weekly reports: which week is next, how far a run is, and what figures mean in words.

Pure functions; moments are aware datetimes, weeks and months are those of the market's time zone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from kit.dates import Week
from kit.formatting import counted, day_words, deadline_words, join_words, moment_words
from violations.rules import Expiry, StandingLevel, standing_level

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=30)

WEEKS_BEFORE = 8
"""The weeks before its own that a report looks back on."""

WEEKS_AHEAD = 4
"""The weeks after its own in which a report names the points that expire."""

LONGEST_STREAK = 52
"""How many weeks back a report counts the weeks without a violation."""

WORKSHOP_WEEKS = 8
"""The weeks after its own in which a report looks for workshops."""


def week_to_build(books_closed_until: datetime, *, last: Week | None, zone: ZoneInfo) -> Week:
    """The next week of a market to be built: the local one that the end of its closed books lies in.

    A market that moved to a time zone further west lies in the ``last`` week again; then it is the week after that.
    """
    week = Week.of(books_closed_until, zone=zone)
    return week if last is None or week > last else last.next


def retry_after(attempts: int, *, first: timedelta = FIRST_RETRY) -> timedelta:
    """How long a chunk waits after its ``attempts``-th start: ``first``, doubled each time up to half an hour."""
    doublings = min(attempts - 1, 10)
    return min(first * (1 << doublings), LONGEST_RETRY)


@dataclass(frozen=True)
class Progress:
    """How far a run is at ``now``. Its chunks hold about the same number of sellers each, but for the last."""

    chunks: int
    done: int
    failed: int
    given_up: int
    """Failed so often that they wait for staff."""
    waiting: int
    """Handed out, and no worker has begun."""
    handed_out_again_at: datetime | None
    """When the first of those that wait is handed out again if no worker begins."""
    rows: int
    started_at: datetime
    last_done_at: datetime | None
    published_at: datetime | None
    announced: int
    """Chunks whose sellers were told; that begins once the run is published."""
    now: datetime

    @property
    def is_over(self) -> bool:
        """Whether the run is published and everybody was told."""
        return self.published_at is not None and self.announced == self.chunks

    @property
    def state(self) -> str:
        if self.is_over:
            return "Published"
        if self.published_at:
            waits = "telling some sellers waits for staff"
            return f"Published, {waits if self.given_up else 'sellers are being told'}"
        if self.done == self.chunks:
            return "Built, about to be published"
        if self.given_up:
            return "Waits for staff"
        return "Being built"

    @property
    def percent(self) -> int:
        return 100 * self.done // self.chunks if self.chunks else 100

    @property
    def seconds(self) -> float:
        """How long it was built: until now, or until its last chunk was done."""
        until = self.now if self.done < self.chunks else self.last_done_at or self.started_at
        return max((until - self.started_at).total_seconds(), 0)

    @property
    def rows_per_second(self) -> int:
        return round(self.rows / self.seconds) if self.seconds else 0

    @property
    def seconds_left(self) -> float | None:
        """At the rate so far; ``None`` when nothing is done yet, or all is, or what is left waits for staff."""
        if self.given_up or not 0 < self.done < self.chunks:
            return None
        return self.seconds / self.done * (self.chunks - self.done)

    @property
    def time_left(self) -> str:
        return "" if self.seconds_left is None else duration_words(self.seconds_left)

    @property
    def time_taken(self) -> str:
        return duration_words(self.seconds)


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


def plural(count: int, noun: str) -> str:
    """``1 point``, ``3 points``, and ``no points`` for none."""
    return counted(count, noun) if count else f"no {noun}s"


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
    found = f"{plural(violations, 'violation').capitalize()} this week"
    if points_at_end == points_at_start:
        total = f"your total stayed at {plural(points_at_end, 'point')}" if points_at_end else "you have no points"
    else:
        verb = "rose" if points_at_end > points_at_start else "fell"
        total = f"your total {verb} from {points_at_start} to {plural(points_at_end, 'point')}"
    if not points_at_end:
        return f"{found}; {total}."
    reached = [milestone for milestone in milestones if milestone <= points_at_end]
    passed = [milestone for milestone in reached if milestone > points_at_start]
    if passed:
        total += f" and reached the milestone at {passed[-1]}"
    elif reached:
        total += f", past the milestone at {reached[-1]}"
    if next_milestone is None:
        return f"{found}; {total}."
    left = next_milestone - points_at_end
    return f"{found}; {total}, {left} before the {'next' if reached else 'milestone'} at {next_milestone}."


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


def range_words(week: Week) -> str:
    """``Mon 9 Nov – Sun 15 Nov 2026``."""
    first, last = week.monday, week.sunday
    year = f" {first.year}" if first.year != last.year else ""
    return f"Mon {first.day} {first:%b}{year} – Sun {last.day} {last:%b} {last.year}"


TONE_OF_BAND = {
    StandingLevel.GOOD: "good",
    StandingLevel.AT_RISK: "warn",
    StandingLevel.RESTRICTED: "bad",
    StandingLevel.SUSPENDED: "bad",
    StandingLevel.DEACTIVATED: "bad",
}


@dataclass(frozen=True)
class Verdict:
    """A week in a word, with the tone of that word."""

    word: str
    tone: str


def verdict(*, violations: int, approaching: bool, reached: bool, actions_in_force: Sequence[str]) -> Verdict:
    """The band at the end of the week; a week without violations in good standing is a clean week."""
    found = standing(approaching=approaching, reached=reached, actions_in_force=actions_in_force)
    if found.word == StandingLevel.GOOD.value and not violations:
        return Verdict("Clean week", "good")
    return found


def standing(*, approaching: bool, reached: bool, actions_in_force: Sequence[str]) -> Verdict:
    """The band at the end of the week, whatever happened in it."""
    found = standing_level(approaching=approaching, reached=reached, actions_in_force=actions_in_force)
    return Verdict(found.value, TONE_OF_BAND[found])


def distance_words(total: int, next_milestone: int | None) -> str:
    """``4 points left before 24``."""
    if next_milestone is None:
        return "every milestone is reached"
    return f"{plural(next_milestone - total, 'point')} left before {next_milestone}"


def balance_sentence(*, start: int, points_in: int, points_out: int, expired: int) -> str:
    """How the total of the start became that of the end. ``points_out`` is zero or below, ``expired`` zero or above."""
    moves = [f"{plural(points_in, 'point')} came in"] if points_in else []
    if points_out:
        moves.append(f"{plural(-points_out, 'point')} went out")
    if expired:
        moves.append(f"{plural(expired, 'point')} expired")
    end = start + points_in + points_out - expired
    if not moves:
        return f"No entry was recorded this week and none expired: {plural(end, 'point')} from start to end."
    return f"The week started with {plural(start, 'point')}; {join_words(moves)}; it ended with {plural(end, 'point')}."


def share_sentence(rows: Sequence[tuple[str, int]]) -> str:
    """What the chart of policies shows; ``rows`` are (policy, violations), the most frequent first."""
    if not rows:
        return ""
    name, count = rows[0]
    total = sum(n for _, n in rows)
    if len(rows) > 1 and count == rows[-1][1]:
        return f"{counted(count, 'violation')} of each of {len(rows)} policies."
    if len(rows) == 1:
        return f"{name}: {'the only violation' if total == 1 else f'all {total} violations'} of the week."
    return f"Most often {name}: {count} of {total} violations."


def weeks_sentence(counts: Sequence[int]) -> str:
    """What the chart of weeks shows; ``counts`` are violations a week, the week of the report last."""
    *before, now = counts
    if not any(counts):
        return f"No violations in {plural(len(counts), 'week')}."
    found = plural(now, "violation").capitalize()
    if not before:
        return f"{found} in the first week."
    return f"{found} this week; {plural(sum(before), 'violation')} in the {plural(len(before), 'week')} before."


def trend_sentence(count: int, previous: int) -> str:
    """``2 more than the week before``, ``as many as the week before``."""
    if count == previous:
        return "as many as the week before" if count else "none in the week before either"
    return f"{abs(count - previous)} {'more' if count > previous else 'fewer'} than the week before"


def points_off(points: int) -> str:
    """What a passed quiz brought: ``1 point less``, or that it brought none."""
    return f"{counted(points, 'point')} less" if points else "no point came off"


def history_sentence(name: str, counts: Sequence[int]) -> str:
    """What the little chart of a policy shows; ``counts`` are violations a week, the week of the report last."""
    *before, now = counts
    if not before:
        return f"{name}: {now} this week, the first."
    weeks = counted(len(before), "week")
    return f"{name}: {now} this week, {sum(before)} in the {weeks} before."


def totals_sentence(totals: Sequence[int], *, next_milestone: int | None) -> str:
    """What the chart of totals shows; ``totals`` are those at the weeks' ends, the week of the report last."""
    first, last = totals[0], totals[-1]
    weeks = counted(len(totals) - 1, "week")
    if len(totals) == 1:
        moved = f"Your total is {plural(last, 'point')} at the end of your first week"
    elif first == last:
        moved = f"Your total is {plural(last, 'point')}, as it was {weeks} ago"
    else:
        moved = f"Your total {'rose' if last > first else 'fell'} from {first} to {plural(last, 'point')} in {weeks}"
    return f"{moved}; the next milestone is at {next_milestone}." if next_milestone else f"{moved}."


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
    text = f"At {plural(milestone, 'point')}: {consequence}. It starts {start} the message that announces it."
    if distance == 1:
        return f"{text} Any further violation would be enough."
    enough = [
        f"“{policy}” ({plural(points, 'point')})" for policy, points in points_by_policy.items() if points >= distance
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
    if points:
        left = total - points
        rest = (
            f"{counted(left, 'point')} of {total} {'is' if left == 1 else 'are'} left then"
            if left
            else "none is left then"
        )
        return f"{counted(points, 'point')} {'expires' if points == 1 else 'expire'} in the coming four weeks; {rest}."
    day = day_words(next_expiry.day)
    return f"No points expire in the coming four weeks; the next are {counted(next_expiry.points, 'point')} on {day}."


def clean_weeks(counts: Sequence[int]) -> int:
    """How many weeks in a row were clean; ``counts`` are violations a week, the week of the report first."""
    return next((i for i, count in enumerate(counts) if count), len(counts))


def streak_sentence(weeks: int, *, previous: int) -> str:
    """How long nothing was found: since the week before, for some weeks, or since the first report."""
    if previous:
        return f"The week before had {plural(previous, 'violation')}; this one has none."
    if weeks > LONGEST_STREAK:
        return "That makes more than a year without a violation."
    if weeks > 1:
        return f"That makes {weeks} weeks in a row without a violation."
    return "No LIVE, video or listing of yours was found to break a policy."


def workshop_state(*, over: bool, cancelled: bool, own: str | None, places_left: int) -> tuple[str, str]:
    """What a seller can expect of a workshop, in words and as a tone. ``own`` is the state of the seller's sign-up."""
    if cancelled:
        return "Cancelled", "neutral"
    if over:
        return "Took place" if own != "placed" else "You had a place", "neutral"
    if own:
        return ("You have a place", "good") if own == "placed" else ("You are on the waiting list", "info")
    if places_left > 0:
        return f"{counted(places_left, 'place')} left", "info"
    return "Full, with a waiting list", "neutral"

"""Windows, draws and grading. Pure functions; moments are aware datetimes, and a market's zone decides the month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sellers.rules import counted, local_midnight, month_start, next_month


@dataclass(frozen=True)
class Window:
    """When a violation lets its seller take the quiz: from ``opens_at`` until before ``closes_at`` (UTC).

    ``last_day`` is the local day whose last instant is the last of the window: what people are told.
    """

    opens_at: datetime
    closes_at: datetime
    last_day: date

    def is_open(self, *, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at


def window(issued_at: datetime, *, zone: ZoneInfo) -> Window:
    """The window of a violation: from its issue until the end of the local month after the one of its issue.

    Issued on 31 January at 23:30 local time, it is open until the end of 28 or 29 February (DOMAIN: Quizzes).
    """
    after = next_month(next_month(month_start(issued_at, zone=zone)))
    return Window(issued_at, local_midnight(after, zone=zone), after - timedelta(days=1))


def earliest_issue(*, at: datetime, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) of issue whose window is still open at ``at``: the start of the local month before."""
    before = (month_start(at, zone=zone) - timedelta(days=1)).replace(day=1)
    return local_midnight(before, zone=zone)


def next_month_starts_at(*, at: datetime, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) of the next local month, when attempts and rewarded passes are counted anew."""
    return local_midnight(next_month(month_start(at, zone=zone)), zone=zone)


def left(*, limit: int, used: int) -> int:
    """What is left of a limit; 0 also when staff lowered it below what was used."""
    return max(limit - used, 0)


def is_pass(*, right: int, asked: int) -> bool:
    """A pass is a right answer to every question asked."""
    return asked > 0 and right == asked


def right_share(*, right: int, asked: int) -> int | None:
    """The share of right answers in whole percent, rounded down, ``None`` if nobody answered yet."""
    return 100 * right // asked if asked else None


@dataclass(frozen=True)
class BankQuestion:
    """What must be known of a question to say whether it can be asked."""

    pk: int
    text: str
    choices: int
    right_choices: int

    @property
    def problem(self) -> str:
        """Why the question cannot be asked, in words; empty if it can."""
        if self.choices < 2:
            return f"“{self.text}” needs at least two choices."
        if self.right_choices != 1:
            return f"“{self.text}” needs exactly one right choice; it has {self.right_choices or 'none'}."
        return ""


def problems(bank: Sequence[BankQuestion], *, needed: int) -> list[str]:
    """Why a quiz with this bank of questions in use cannot be published, in words; empty if it can."""
    found = [question.problem for question in bank if question.problem]
    if len(bank) < needed:
        have = counted(len(bank), "question")
        found.insert(0, f"An attempt asks {counted(needed, 'question')}, and the bank has {have} in use.")
    return found


def draw(bank: Sequence[int], *, last_asked: Mapping[int, datetime], count: int, random: Random) -> list[int]:
    """Draw ``count`` questions at random, those that this seller was asked longest ago (or never) first."""
    shuffled = random.sample(bank, len(bank))
    drawn = sorted(shuffled, key=lambda pk: last_asked[pk].timestamp() if pk in last_asked else float("-inf"))[:count]
    return random.sample(drawn, len(drawn))

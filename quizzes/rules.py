"""Windows, draws and grading. Pure functions; moments are aware datetimes, and a market's zone decides the month."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from random import Random
from zoneinfo import ZoneInfo

from kit.dates import local_midnight, month_start, next_month


@dataclass(frozen=True)
class Window:
    """When a violation lets its seller take the quiz: from ``opens_at`` until before ``closes_at`` (UTC).

    ``last_day`` is the local day whose last instant is the last of the window: what people are told.
    """

    opens_at: datetime
    closes_at: datetime
    last_day: date

    def is_open(self, *, as_of: datetime) -> bool:
        return self.opens_at <= as_of < self.closes_at


def window(told_at: datetime, *, zone: ZoneInfo) -> Window:
    """The window of a violation: from when it was told until the end of the local month after that.

    Told on 31 January at 23:30 local time, it is open until 28 or 29 February ends.
    """
    after = next_month(next_month(month_start(told_at, zone=zone)))
    return Window(told_at, local_midnight(after, zone=zone), after - timedelta(days=1))


def earliest_told(*, as_of: datetime, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) of telling whose window is open as of a moment: the start of the local month before."""
    before = (month_start(as_of, zone=zone) - timedelta(days=1)).replace(day=1)
    return local_midnight(before, zone=zone)


def next_month_starts_at(*, as_of: datetime, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) of the next local month, when attempts and rewarded passes are counted anew."""
    return local_midnight(next_month(month_start(as_of, zone=zone)), zone=zone)


@dataclass(frozen=True)
class Closing:
    """Windows that close at a moment (exclusive, UTC), in no more than so many ``days``: 7, or 1."""

    closes_at: datetime
    days: int


def closing_soon(*, as_of: datetime, zone: ZoneInfo) -> Closing | None:
    """The windows that close within a day, else within a week: all of a local month end at its last instant."""
    closes_at = next_month_starts_at(as_of=as_of, zone=zone)
    days = next((days for days in (1, 7) if as_of >= closes_at - timedelta(days=days)), None)
    return Closing(closes_at, days) if days else None


ATTEMPT_TIME = timedelta(minutes=60)
"""How long an attempt may take, for whoever needs no more time."""


FOLLOWED_FOR = timedelta(days=90)
"""How long a seller is followed after a breach, or a place in a trial: whether they breach the policy again."""


def ends_at(started_at: datetime, *, time_factor: int) -> datetime:
    """The first moment at which an attempt can no longer be submitted; ``time_factor`` is the person's own."""
    return started_at + ATTEMPT_TIME * time_factor


def tells_all(*, passed: bool, can_take: bool) -> bool:
    """Whether what was answered wrongly is explained: after a pass, or once nothing can be tried again."""
    return passed or not can_take


def milestone_questions(policies: int) -> int:
    """How many questions a milestone quiz about so many policies asks: one about each, but 3 at least and 6 at most."""
    return min(max(policies, 3), 6)


def remaining(*, limit: int, used: int) -> int:
    """What is left of a limit; 0 also when staff lowered it below what was used."""
    return max(limit - used, 0)


def is_right(*, chosen: Iterable[int], right: Iterable[int]) -> bool:
    """An answer is right if it is every right choice and no other."""
    return set(chosen) == set(right)


def in_order(choices: Iterable[int], *, order: Sequence[int]) -> list[int]:
    """Each choice once, as a question shows them; those it does not have stand last."""
    place = {pk: index for index, pk in enumerate(order)}
    return sorted(set(choices), key=lambda pk: (place.get(pk, len(place)), pk))


def can_answer(chosen: Collection[int], *, choices: Collection[int], several: bool) -> bool:
    """Whether it is an answer: some of the question's choices, and one alone unless several are right."""
    return set(chosen) <= set(choices) and (len(chosen) == 1 or (several and len(chosen) > 1))


def is_pass(*, right: int, asked: int) -> bool:
    """A pass is a right answer to every question asked."""
    return asked > 0 and right == asked


def right_share(*, right: int, asked: int) -> int | None:
    """The share of right answers in whole percent, rounded down, ``None`` if nobody answered yet."""
    return 100 * right // asked if asked else None


# The same classes of characters as in the database's ``folded_text``.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
SPACES = re.compile("[\t\n\x0b\x0c\r \x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


def folded(text: str) -> str:
    """A text as it reads: what differs only in case, spaces, invisible characters or width is folded to the same."""
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return SPACES.sub(" ", plain).strip(" ").lower()


def equal_texts(texts: Iterable[str]) -> list[str]:
    """Each text that reads like one before it, in the order given."""
    seen: set[str] = set()
    equal = []
    for text in texts:
        if folded(text) in seen:
            equal.append(text)
        seen.add(folded(text))
    return equal


MAX_PICTURES = 4
"""Of a question."""


class QuestionProblem(Enum):
    """Why a question cannot be asked."""

    TOO_FEW_CHOICES = "fewer than two choices"
    NO_RIGHT_CHOICE = "no choice is right"
    NO_WRONG_CHOICE = "every choice is right"


@dataclass(frozen=True)
class BankQuestion:
    """What must be known of a question to say whether it can be asked."""

    pk: int
    text: str
    choices: int
    right_choices: int

    @property
    def problem(self) -> QuestionProblem | None:
        """Why the question cannot be asked, ``None`` if it can."""
        if self.choices < 2:
            return QuestionProblem.TOO_FEW_CHOICES
        if self.right_choices == 0:
            return QuestionProblem.NO_RIGHT_CHOICE
        return QuestionProblem.NO_WRONG_CHOICE if self.right_choices == self.choices else None


@dataclass(frozen=True)
class BankProblems:
    """What keeps a quiz from being published: too few questions in use, and those that cannot be asked."""

    needed: int
    in_use: int
    unusable: Sequence[BankQuestion]

    @property
    def is_short(self) -> bool:
        return self.in_use < self.needed

    def __bool__(self) -> bool:
        """Whether there are any."""
        return self.is_short or bool(self.unusable)


def bank_problems(bank: Sequence[BankQuestion], *, needed: int) -> BankProblems:
    """What keeps a quiz with this bank of questions in use from being published."""
    return BankProblems(needed, len(bank), [question for question in bank if question.problem])


@dataclass(frozen=True)
class Drawable:
    """What a draw must know of a question: the section that answers it, and when this seller was last asked it."""

    pk: int
    section: int | None = None
    last_asked: datetime | None = None


def draw(bank: Sequence[Drawable], *, count: int, random: Random) -> list[int]:
    """Draw ``count`` questions at random: none of the last attempt while there are others, from different sections.

    Within a section those come first that this seller was asked longest ago, or never.
    """
    latest = max((one.last_asked for one in bank if one.last_asked), default=None)
    in_turn = sorted(
        random.sample(bank, len(bank)), key=lambda one: one.last_asked.timestamp() if one.last_asked else 0
    )
    fresh = _sections_in_turn(one for one in in_turn if one.last_asked is None or one.last_asked != latest)
    again = _sections_in_turn(one for one in in_turn if one.last_asked is not None and one.last_asked == latest)
    return random.sample([one.pk for one in [*fresh, *again][:count]], count)


def _sections_in_turn(questions: Iterable[Drawable]) -> list[Drawable]:
    """Questions so that the first of each section stand before the second of any; without a section each is its own."""
    seen: Counter[int] = Counter()
    turns = []
    for one in questions:
        turns.append((seen[one.section] if one.section else 0, one))
        if one.section:
            seen[one.section] += 1
    return [one for _, one in sorted(turns, key=lambda turn: turn[0])]

"""A total that jumps and stays, over time past and to come: what its chart is told, and the places of what it draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from kit.dates import local_midnight, month_start, next_month

from .charts import ScaleLine, nice_top, percent, reference_lines, rounded, scale

EDGE = 4
"""How near to an end a month's name would no longer stand inside the drawing (percent)."""


class TotalFrom(NamedTuple):
    """A moment, and the total from then on."""

    at: datetime
    total: int


class Period(NamedTuple):
    """Something that lasts, drawn below the total. No end means that none is known."""

    start: datetime
    end: datetime | None
    label: str


class ChartMoment(NamedTuple):
    """Something that happens at a moment, drawn below the total."""

    at: datetime
    label: str


@dataclass(frozen=True)
class ChartRow:
    """A line of the table: what happens at a moment, and the totals from then on; ``href`` opens into them."""

    at: datetime
    labels: Sequence[str]
    change: int
    total: int
    planned: int | None = None
    href: str = ""
    is_to_come: bool = False


@dataclass(frozen=True)
class TotalOverTime:
    """How a total goes from ``since`` until ``until``, all that its chart and the table below it show.

    ``changes`` are all there are, the first first, also those before ``since``; ``planned`` are those from ``now`` on
    if a plan is followed, ``None`` without one. ``references`` are (words, total). A dot is at ``at``. The names say
    what spans and moments are.
    """

    title: str
    sentence: str
    since: datetime
    until: datetime
    now: datetime
    at: datetime
    changes: Sequence[TotalFrom]
    planned: Sequence[TotalFrom] | None
    references: Sequence[tuple[str, int]]
    spans: Sequence[Period]
    moments: Sequence[ChartMoment]
    rows: Sequence[ChartRow]
    spans_name: str = ""
    moments_name: str = ""

    @property
    def total_now(self) -> int:
        return self.total_at(self.now)

    def total_at(self, moment: datetime) -> int:
        return _total_at(self.changes, moment)


@dataclass(frozen=True)
class Tick:
    """The start of a month; the small ones have no room for their names on a phone."""

    month: date
    x: float
    is_named: bool
    is_small: bool


@dataclass(frozen=True)
class ChartBar:
    x: float
    width: float
    label: str
    is_open: bool


@dataclass(frozen=True)
class Pin:
    x: float
    label: str


@dataclass(frozen=True)
class StepChart:
    """Where all of a total over time is drawn, in percent: the total until now, ``ahead`` of it, and as planned."""

    height: int
    lines: Sequence[ScaleLine]
    references: Sequence[ScaleLine]
    names_first: bool
    """Whether references are named at the start, because the total is lower there than at the end."""
    path: str
    area: str
    ahead: str
    planned: str
    now_x: float
    dot: tuple[float, float]
    ticks: Sequence[Tick]
    bars: Sequence[ChartBar]
    pins: Sequence[Pin]

    @property
    def is_now_inside(self) -> bool:
        """Whether there is room for words at the line of now."""
        return LABEL_ROOM <= self.now_x <= 100 - LABEL_ROOM

    @property
    def pins_y(self) -> int:
        """Where the pins stand, below the months and the bars."""
        return 47 if self.bars else 33

    @property
    def foot(self) -> int:
        """How high what is below the total is."""
        return self.pins_y + 7 if self.pins else self.pins_y - 7


def draw(totals: TotalOverTime, *, zone: ZoneInfo) -> StepChart:
    """The places of everything in a total over time; months are those of ``zone``.

    A reference is drawn when the scale reaches it, which it does for the first above the highest total.
    """
    highest = _highest(totals, totals.since, totals.until)
    references = sorted(totals.references, key=lambda reference: reference[1])
    top = nice_top(max(highest, min((value for _, value in references if value > highest), default=0)))
    plane = _Plane(totals.since, totals.until, top)
    path = plane.stairs(totals.changes, totals.since, min(totals.now, totals.until))
    return StepChart(
        height=HEIGHT,
        lines=scale(top),
        references=reference_lines(references, top=top, highest=highest),
        names_first=_is_lower_at_the_start(totals),
        path=path,
        area=f"0,100 {path} {plane.x(totals.now):g},100",
        ahead=plane.stairs(totals.changes, totals.now, totals.until),
        planned=_planned(plane, totals),
        now_x=plane.x(totals.now),
        dot=(plane.x(totals.at), plane.y(totals.total_at(totals.at))),
        ticks=_ticks(plane, zone=zone),
        bars=[_bar(plane, span) for span in totals.spans],
        pins=[Pin(plane.x(moment.at), moment.label) for moment in totals.moments if plane.holds(moment.at)],
    )


HEIGHT = 190
LABEL_ROOM = 16
"""What half of the words at the line of now need of the width on a phone (percent)."""


def _highest(totals: TotalOverTime, first: datetime, last: datetime) -> int:
    return max([totals.total_at(first), *(change.total for change in totals.changes if first < change.at <= last)])


def _is_lower_at_the_start(totals: TotalOverTime) -> bool:
    """Whether the total of the first quarter stays below that of the last."""
    quarter = (totals.until - totals.since) / 4
    start = _highest(totals, totals.since, totals.since + quarter)
    return start < _highest(totals, totals.until - quarter, totals.until)


def _planned(plane: _Plane, totals: TotalOverTime) -> str:
    """The line of a plan: it leaves the total as it is now, perhaps at once."""
    if totals.planned is None:
        return ""
    today = TotalFrom(totals.now, totals.total_now)
    stairs = plane.stairs([today, *totals.planned], totals.now, totals.until)
    return f"{plane.x(totals.now):g},{plane.y(today.total):g} {stairs}"


def _ticks(plane: _Plane, *, zone: ZoneInfo) -> list[Tick]:
    """The months that begin in the plane; those of a quarter are named at any width."""
    ticks, month = [], next_month(month_start(plane.start, zone=zone))
    while plane.holds(moment := local_midnight(month, zone=zone)):
        x = plane.x(moment)
        ticks.append(Tick(month, x, EDGE <= x <= 100 - EDGE, is_small=month.month % 3 != 1))
        month = next_month(month)
    return ticks


def _bar(plane: _Plane, span: Period) -> ChartBar:
    x = plane.x(span.start)
    return ChartBar(x, rounded(plane.x(span.end or plane.end) - x), span.label, is_open=span.end is None)


def _total_at(changes: Iterable[TotalFrom], moment: datetime) -> int:
    total = 0
    for change in changes:
        if change.at > moment:
            break
        total = change.total
    return total


@dataclass(frozen=True)
class _Plane:
    """Time from left to right, and totals from zero at the bottom."""

    start: datetime
    end: datetime
    top: float

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment <= self.end

    def x(self, moment: datetime) -> float:
        """The place of a moment, at an end if it lies outside."""
        inside = min(max(moment, self.start), self.end)
        return percent((inside - self.start).total_seconds(), (self.end - self.start).total_seconds())

    def y(self, total: float) -> float:
        return rounded(100 - percent(total, self.top))

    def stairs(self, changes: Sequence[TotalFrom], first: datetime, last: datetime) -> str:
        """The line between two moments: to each change at the old height, then on at the new one."""
        height = self.y(_total_at(changes, first))
        points = [(self.x(first), height)]
        for change in changes:
            if first < change.at <= last:
                points += [(self.x(change.at), height), (self.x(change.at), height := self.y(change.total))]
        return " ".join(f"{x:g},{y:g}" for x, y in [*points, (self.x(last), height)])

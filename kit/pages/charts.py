"""The geometry of the charts: numbers in, percentages out. The templates in ``components/`` draw them as SVG.

Lengths are percentages of the drawing, so a chart fills any width while its text keeps its size, without script.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log10

LABEL_HEIGHT = 10
"""What a label needs of a chart's height (percent), so that it touches no other."""


@dataclass(frozen=True)
class Mark:
    """One value of a chart: where it is drawn and what it says."""

    label: str
    value: float
    x: float
    y: float
    width: float = 0
    height: float = 0
    text_y: float = 0
    anchor: str = "middle"
    shown: bool = True
    href: str = ""
    """Where its label leads."""


@dataclass(frozen=True)
class ScaleLine:
    """A horizontal line at a value: a step of the scale, or a milestone."""

    label: str
    value: float
    y: float
    shown: bool = True
    """Whether its label has room."""


@dataclass(frozen=True)
class Chart:
    marks: list[Mark]
    lines: list[ScaleLine]
    height: int
    path: str = ""
    area: str = ""
    references: Sequence[ScaleLine] = ()


def percent(value: float, whole: float) -> float:
    """A value's place on a line from zero to ``whole``, as the SVG says it: never with a decimal comma."""
    return rounded(100 * value / whole) if whole else 0


def nice_top(value: float) -> float:
    """The end of a scale from zero: the next of 1, 2, 4, 5, 8 or 10 times a power of ten, at least 4."""
    if value <= 4:
        return 4
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value)


def bars(rows: Iterable[tuple[str, float]]) -> Chart:
    """Horizontal bars, one below the other; the list that they stand in gives them their places."""
    rows = list(rows)
    top = max((value for _, value in rows), default=0) or 1
    return Chart([Mark(str(label), value, x=0, y=0, width=percent(value, top)) for label, value in rows], [], height=8)


def columns(rows: Iterable[tuple[str, float]]) -> Chart:
    """Standing columns over time, oldest first."""
    rows = list(rows)
    top = nice_top(max((value for _, value in rows), default=0))
    slot = 100 / max(len(rows), 1)
    marks = [
        Mark(
            str(label),
            value,
            x=rounded(slot * (i + 0.18)),
            y=rounded(100 - 100 * value / top),
            width=rounded(slot * 0.64),
            height=rounded(100 * value / top),
            text_y=rounded(slot * (i + 0.5)),
            shown=_is_labelled(i, len(rows)),
        )
        for i, (label, value) in enumerate(rows)
    ]
    return Chart(marks, scale(top), height=160)


def curve(rows: Iterable[tuple[str, float]], references: Iterable[tuple[str, float]] = ()) -> Chart:
    """A line over time, oldest first. A reference (a milestone) is drawn when the scale reaches it.

    The scale always reaches the first reference above the highest value, so that the distance can be seen.
    """
    rows, references = list(rows), sorted(references, key=lambda reference: reference[1])
    highest = max((value for _, value in rows), default=0)
    next_up = min((value for _, value in references if value > highest), default=0)
    top = nice_top(max(highest, next_up))
    marks = _points_of_curve(rows, top=top)
    points = " ".join(f"{mark.x:g},{mark.y:g}" for mark in marks)
    return Chart(
        marks,
        scale(top),
        160,
        path=points,
        area=f"0,100 {points} 100,100" if marks else "",
        references=reference_lines(references, top=top, highest=highest),
    )


def _points_of_curve(rows: Sequence[tuple[str, float]], *, top: float) -> list[Mark]:
    last = max(len(rows) - 1, 1)
    return [
        Mark(
            str(label),
            value,
            x=rounded(100 * i / last),
            y=rounded(100 - 100 * value / top),
            anchor="start" if i == 0 else "end" if i == last else "middle",
            shown=_is_labelled(i, len(rows)),
        )
        for i, (label, value) in enumerate(rows)
    ]


def reference_lines(references: Sequence[tuple[str, float]], *, top: float, highest: float) -> list[ScaleLine]:
    """The references that the scale reaches. Those whose labels would touch keep the one that matters more to read:

    the first above the highest value, then the others from the nearest on.
    """
    lines = [ScaleLine(label, value, rounded(100 - 100 * value / top)) for label, value in references if value <= top]
    told: list[ScaleLine] = []
    for line in sorted(lines, key=lambda line: (line.value <= highest, abs(line.value - highest))):
        if all(abs(line.y - other.y) >= LABEL_HEIGHT for other in told):
            told.append(line)
    return [line if line in told else replace(line, shown=False) for line in lines]


def scale(top: float) -> list[ScaleLine]:
    """The lines of a scale from zero: its start, its middle and its end."""
    return [ScaleLine(f"{top * part:g}", top * part, rounded(100 - 100 * part)) for part in (0, 0.5, 1)]


def _is_labelled(index: int, count: int) -> bool:
    """At most four labels fit under a chart on a phone: the first, the last and those evenly between."""
    step = ceil(max(count - 1, 1) / 3)
    return index == count - 1 or (index % step == 0 and count - 1 - index >= 0.6 * step)


def rounded(value: float) -> float:
    """A place in percent, as exact as anybody can see."""
    return round(value, 2)

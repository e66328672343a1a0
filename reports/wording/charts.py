"""What the charts and tables of a report show, in a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from kit.formatting import counted

from ..rules import Trend
from .figures import count_words

TRENDS = {
    Trend.NEW: "New this week",
    Trend.UP: "More than the week before",
    Trend.SAME: "As many as the week before",
    Trend.DOWN: "Fewer than the week before",
    Trend.GONE: "None this week",
}


VIOLATIONS_TITLE = "Violations by week"
TOTALS_TITLE = "Total at the end of each week"


def trend_sentence(count: int, previous: int) -> str:
    """``2 more than the week before``, ``as many as the week before``."""
    if count == previous:
        return "as many as the week before" if count else "none in the week before either"
    return f"{abs(count - previous)} {'more' if count > previous else 'fewer'} than the week before"


def policies_sentence(rows: Sequence[tuple[str, int]]) -> str:
    """Which policy was breached most; ``rows`` are (policy, violations) of the week, the most frequent first."""
    if not rows:
        return "None was breached this week."
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
        return f"No violations in {count_words(len(counts), 'week')}."
    found = count_words(now, "violation").capitalize()
    if not before:
        return f"{found} in the first week."
    return (
        f"{found} this week; {count_words(sum(before), 'violation')} in the {count_words(len(before), 'week')} before."
    )


def history_sentence(name: str, counts: Sequence[int]) -> str:
    """What the little chart of a policy shows; ``counts`` are violations a week, the week of the report last."""
    *before, now = counts
    if not before:
        return f"{name}: {now} this week, the first."
    weeks = counted(len(before), "week")
    return f"{name}: {now} this week, {sum(before)} in the {weeks} before."


def totals_sentence(totals: Sequence[int], *, next_milestone: int | None) -> str:
    """What the chart of totals shows; ``totals`` are those at the weeks' ends, the week of the report last."""
    first, last = totals[0], count_words(totals[-1], "point")
    weeks = counted(len(totals) - 1, "week")
    if len(totals) == 1:
        return f"The total is {last} at the end of the first week."
    if first == totals[-1]:
        moved = f"Your total is {last}, as it was {weeks} ago"
    else:
        moved = f"Your total {'rose' if totals[-1] > first else 'fell'} from {first} to {last} in {weeks}"
    return f"{moved}; the next milestone is at {next_milestone}." if next_milestone else f"{moved}."

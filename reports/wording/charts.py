"""What the charts and tables of a report show, in a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.formatting import capitalized

from ..rules import Trend
from .figures import points_words, violations_words, weeks_words

TRENDS = {
    Trend.NEW: gettext_noop("New this week"),
    Trend.UP: gettext_noop("More than the week before"),
    Trend.SAME: gettext_noop("As many as the week before"),
    Trend.DOWN: gettext_noop("Fewer than the week before"),
    Trend.GONE: gettext_noop("None this week"),
}


def trend_words(trend: Trend) -> str:
    return _(TRENDS[trend])


def violations_title() -> str:
    return _("Violations by week")


def totals_title() -> str:
    return _("Total by week")


def milestone_at(points: int) -> str:
    """The label of the line of a milestone in the chart of totals."""
    return _("Milestone at %(points)s") % {"points": points}


def policies_sentence(rows: Sequence[tuple[str, int]]) -> str:
    """Which policy was breached most; ``rows`` are (policy, violations) of the week, the most frequent first."""
    if not rows:
        return _("None was breached this week.")
    name, count = rows[0]
    total = sum(n for _policy, n in rows)
    if len(rows) == 1:
        said = ngettext(
            "%(policy)s: the only violation of the week.", "%(policy)s: all %(total)s violations of the week.", total
        )
    elif count == rows[-1][1]:
        said = ngettext(
            "%(count)s violation of each of %(policies)s policies.",
            "%(count)s violations of each of %(policies)s policies.",
            count,
        )
        return said % {"count": f"{count:,}", "policies": len(rows)}
    else:
        said = _("Most often %(policy)s: %(count)s of %(total)s violations.")
    return said % {"policy": name, "count": count, "total": total}


def weeks_sentence(counts: Sequence[int]) -> str:
    """What the chart of weeks shows; ``counts`` are violations a week, the week of the report last."""
    *before, now = counts
    if not any(counts):
        return _("No violations in %(weeks)s.") % {"weeks": weeks_words(len(counts))}
    found = capitalized(violations_words(now))
    if not before:
        return _("%(violations)s in the first week.") % {"violations": found}
    return _("%(violations)s this week; %(earlier)s in the %(weeks)s before.") % {
        "violations": found,
        "earlier": violations_words(sum(before)),
        "weeks": weeks_words(len(before)),
    }


def history_sentence(name: str, counts: Sequence[int]) -> str:
    """What the little chart of a policy shows; ``counts`` are violations a week, the week of the report last."""
    *before, now = counts
    if not before:
        return _("%(policy)s: %(count)s this week, the first.") % {"policy": name, "count": now}
    return _("%(policy)s: %(count)s this week, %(earlier)s in the %(weeks)s before.") % {
        "policy": name,
        "count": now,
        "earlier": sum(before),
        "weeks": weeks_words(len(before)),
    }


def totals_sentence(totals: Sequence[int], *, next_milestone: int | None) -> str:
    """What the chart of totals shows; ``totals`` are those at the weeks' ends, the week of the report last."""
    last = points_words(totals[-1])
    if len(totals) == 1:
        return _("The total is %(points)s at the end of the first week.") % {"points": last}
    said = _how_it_moved(totals[0], totals[-1]) % {
        "start": totals[0],
        "end": last,
        "weeks": weeks_words(len(totals) - 1),
    }
    if not next_milestone:
        return said
    return " ".join([said, _("The next milestone is at %(points)s.") % {"points": next_milestone}])


def _how_it_moved(first: int, last: int) -> str:
    if first == last:
        return _("Your total is %(end)s, as it was %(weeks)s ago.")
    if last > first:
        return _("Your total rose from %(start)s to %(end)s in %(weeks)s.")
    return _("Your total fell from %(start)s to %(end)s in %(weeks)s.")

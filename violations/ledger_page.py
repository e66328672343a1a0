"""What the ledger's pages show of an explanation, for sellers and for staff: one form, one set of numbers and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import QueryDict

from kit.dates import local_midnight
from kit.formatting import counted, day_words
from sellers.models import Seller

from . import rules, selectors
from .forms import Asked, LedgerForm

ENTRIES_PER_PAGE = 50
HISTORY_DAYS = 180

RECORDED_SINCE_SHOWN = 50
"""Entries that arrived later, and corrections, that a page lists; the rest is counted."""


def ledger_context(*, seller: Seller, query: QueryDict, now: datetime) -> dict[str, Any]:
    """Everything a page about ``?as_of=…`` shows; the market's time zone has to be the active one."""
    form = LedgerForm(query, zone=seller.market.zone)
    form.is_valid()
    asked = form.asked or Asked(now)
    explanation = selectors.explain(seller=seller, as_of=asked.at, now=now)
    standing = explanation.standing
    page = Paginator(explanation.entries[form.shown], ENTRIES_PER_PAGE).get_page(query.get("page"))
    since = _start(explanation)
    return {
        "form": form.showing(asked.at),
        "asked": asked,
        "other_moment": asked.other and written(asked.other, seller=seller),
        "explanation": explanation,
        "standing": standing,
        "at": asked.at,
        "now": now,
        "timeframe": explanation.timeframe.value,
        "is_now": explanation.timeframe is selectors.Timeframe.NOW,
        "show": form.shown.value,
        "tabs": _tabs(explanation, query, form),
        "page": page,
        "entries": selectors.with_sources(list(page.object_list)),
        "late": selectors.with_sources(explanation.recorded_since.late[:RECORDED_SINCE_SHOWN]),
        "more_late": len(explanation.recorded_since.late[RECORDED_SINCE_SHOWN:]),
        "more_corrections": len(explanation.recorded_since.corrections[RECORDED_SINCE_SHOWN:]),
        "corrections": selectors.with_sources(explanation.recorded_since.corrections[:RECORDED_SINCE_SHOWN]),
        "previous_change": _page_about(explanation.previous_change, query, seller),
        "next_change": _page_about(explanation.next_change, query, seller),
        "sentence": _sentence(explanation),
        "total_changes": explanation.total_changes,
        "chart_since": since,
        "chart_until": max([now, asked.at, *(change.at for change in explanation.total_changes[-1:])]),
        "chart_sentence": _chart_sentence(explanation, since, zone=seller.market.zone),
        "references": [(f"{step.points} points", step.points) for step in standing.progress],
        "expiries": rules.upcoming_expiries(explanation.periods, now=now, zone=seller.market.zone),
    }


def written(moment: datetime, *, seller: Seller) -> str:
    """A moment as ``as_of`` takes it: exact, and without doubt when clocks are put back."""
    return moment.astimezone(seller.market.zone).isoformat()


def _page_about(moment: datetime | None, query: QueryDict, seller: Seller) -> Mapping[str, Any] | None:
    """The address of the same page about another moment."""
    if moment is None:
        return None
    changed = query.copy()
    changed.pop("page", None)
    changed["as_of"] = written(moment, seller=seller)
    return {"moment": moment, "url": f"?{changed.urlencode()}"}


def _tabs(explanation: selectors.Explanation, query: QueryDict, form: LedgerForm) -> list[dict[str, Any]]:
    labels = {"counting": "Counting", "expired": "Expired", "all": "All entries"}
    tabs = []
    for show, lines in explanation.entries.items():
        changed = query.copy()
        changed.pop("page", None)
        changed["show"] = show.value
        tabs.append(
            {
                "label": labels[show.value],
                "url": f"?{changed.urlencode()}",
                "current": show is form.shown,
                "count": len(lines),
            }
        )
    return tabs


def _start(explanation: selectors.Explanation) -> datetime:
    """Where the chart begins: the start of a local day half a year before the earlier of the moment and now."""
    zone = explanation.seller.market.zone
    first = min(explanation.as_of, explanation.now) - timedelta(days=HISTORY_DAYS)
    return local_midnight(first.astimezone(zone).date(), zone=zone).astimezone(UTC)


def _sentence(explanation: selectors.Explanation) -> str:
    """What the total is made of, and in which sense it is meant."""
    count = len(explanation.counting)
    verb = {"past": "counted", "now": "count", "future": "will count"}[explanation.timeframe.value]
    if not count:
        return {
            "past": "No entry of the ledger counted.",
            "now": "No entry of the ledger counts.",
            "future": "No entry of the ledger will count, if nothing is added until then.",
        }[explanation.timeframe.value]
    if count == 1:
        verb = verb if explanation.timeframe is not selectors.Timeframe.NOW else "counts"
        made_of = f"One entry {verb}: the one below"
    else:
        made_of = f"The total is the sum of the {count} entries below"
    meant = {"past": ", as it was known then", "now": "", "future": ", if nothing is added until then"}
    return f"{made_of}{meant[explanation.timeframe.value]}."


def _chart_sentence(explanation: selectors.Explanation, since: datetime, *, zone: ZoneInfo) -> str:
    """What the chart shows: from its start to now, and what comes if nothing is added."""
    total_changes = explanation.total_changes
    first = _total_at(total_changes, since)
    current = _total_at(total_changes, explanation.now)
    highest = max([first, *(change.total for change in total_changes if since <= change.at <= explanation.now)])
    moved = "rose" if current > first else "fell"
    start = day_words(since, zone=zone)
    text = f"From {start} to now the total {moved} from {first} to {current}"
    if current == first:
        text = f"From {start} to now the total went from {first} to {current}" if highest else "No points counted"
    if highest > max(first, current):
        text += f", with {highest} as the highest in between"
    coming = [change for change in total_changes if change.at > explanation.now]
    if not coming:
        return f"{text}. Nothing will expire." if not current else f"{text}."
    day = day_words(coming[-1].at, zone=zone)
    last = coming[-1].total
    return f"{text}. If nothing is added, it falls to {last} by {day}, in {counted(len(coming), 'step')}."


def _total_at(total_changes: Sequence[rules.TotalChange], moment: datetime) -> int:
    return next((change.total for change in reversed(total_changes) if change.at <= moment), 0)

"""What the ledger's pages show of an explanation, for sellers and for staff: one form, one set of numbers and words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _

from kit.dates import local_midnight
from sellers.models import Seller

from . import rules, selectors
from .forms import Asked, LedgerForm
from .presentation.ledger import entry_lines
from .wording.ledger import how_the_total_changes, milestone_label, what_the_total_is_made_of

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
    page = Paginator(explanation.entries[form.shown], ENTRIES_PER_PAGE).get_page(query.get("page"))
    return {
        "form": form.showing(asked.at),
        "asked": asked,
        "other_moment": asked.other and written(asked.other, seller=seller),
        "explanation": explanation,
        "standing": explanation.standing,
        "at": asked.at,
        "now": now,
        "timeframe": explanation.timeframe.value,
        "is_now": explanation.timeframe is selectors.Timeframe.NOW,
        "show": form.shown.value,
        "tabs": _tabs(explanation, query, form),
        "page": page,
        "entries": entry_lines(list(page.object_list)),
        "previous_change": _page_about(explanation.previous_change, query, seller),
        "next_change": _page_about(explanation.next_change, query, seller),
        "sentence": what_the_total_is_made_of(explanation),
        "expiries": rules.upcoming_expiries(explanation.periods, now=now, zone=seller.market.zone),
        **_recorded_since(explanation.recorded_since),
        **_chart(explanation),
    }


def _recorded_since(found: selectors.RecordedSince) -> dict[str, Any]:
    """What was recorded later and bears on the moment, as far as a page lists it."""
    return {
        "late": entry_lines(found.late[:RECORDED_SINCE_SHOWN]),
        "more_late": len(found.late[RECORDED_SINCE_SHOWN:]),
        "corrections": entry_lines(found.corrections[:RECORDED_SINCE_SHOWN]),
        "more_corrections": len(found.corrections[RECORDED_SINCE_SHOWN:]),
    }


def _chart(explanation: selectors.Explanation) -> dict[str, Any]:
    """How the total changes over time, in a picture and in words."""
    changes, since = explanation.total_changes, _start(explanation)
    ends = [explanation.now, explanation.as_of, *(change.at for change in changes[-1:])]
    return {
        "total_changes": changes,
        "chart_since": since,
        "chart_until": max(ends),
        "chart_sentence": how_the_total_changes(explanation, since=since, zone=explanation.seller.market.zone),
        "references": [(milestone_label(step.points), step.points) for step in explanation.standing.progress],
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
    labels = {
        selectors.LedgerShow.COUNTING: _("Counting"),
        selectors.LedgerShow.EXPIRED: _("Expired"),
        selectors.LedgerShow.ALL: _("All entries"),
    }
    tabs = []
    for show, lines in explanation.entries.items():
        changed = query.copy()
        changed.pop("page", None)
        changed["show"] = show.value
        tabs.append(
            {
                "label": labels[show],
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

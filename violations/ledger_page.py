"""What the ledger's pages show of an explanation, for sellers and for staff: one form, one set of numbers and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _

from sellers.models import Seller

from . import rules, selectors
from .forms import AskedMoment, LedgerForm
from .presentation.ledger import entry_lines, narrowed_to
from .wording.ledger import what_the_total_is_made_of
from .wording.timeline import how_the_total_changes

ENTRIES_PER_PAGE = 50

RECORDED_SINCE_SHOWN = 50
"""Entries that arrived later, and corrections, that a page lists; the rest is counted."""


def ledger_context(*, seller: Seller, query: QueryDict, now: datetime) -> dict[str, Any]:
    """Everything a page about ``?as_of=…`` shows; the market's time zone has to be the active one."""
    form = LedgerForm(query, zone=seller.market.zone)
    form.is_valid()
    asked = form.asked or AskedMoment(now)
    explanation = selectors.explain(seller=seller, as_of=asked.at, now=now)
    return {
        "form": form.showing(asked.at),
        "asked": asked,
        "other_moment": asked.other and written(asked.other, seller=seller),
        "at": asked.at,
        "now": now,
        "show": form.shown.value,
        **_total(explanation),
        **_listed(explanation, query, form),
        "previous_change": _page_about(explanation.previous_change, query, seller),
        "next_change": _page_about(explanation.next_change, query, seller),
    }


def _total(explanation: selectors.Explanation) -> dict[str, Any]:
    """The total at the moment, what it is made of, and how it changes."""
    timeline, zone = selectors.timeline_of(explanation), explanation.seller.market.zone
    return {
        "explanation": explanation,
        "standing": explanation.standing,
        "timeframe": explanation.timeframe.value,
        "is_now": explanation.timeframe is selectors.Timeframe.NOW,
        "sentence": what_the_total_is_made_of(explanation),
        "expiries": rules.upcoming_expiries(explanation.periods, now=explanation.now, zone=zone),
        "timeline": timeline,
        "chart_sentence": how_the_total_changes(timeline),
    }


def _listed(explanation: selectors.Explanation, query: QueryDict, form: LedgerForm) -> dict[str, Any]:
    """The entries under the tab that was asked for, a page of them, and what the others hold.

    With what was recorded later and bears on the moment, as far as a page lists it.
    """
    lines, since = _lines(explanation, form), explanation.recorded_since
    page = Paginator(lines[form.shown], ENTRIES_PER_PAGE).get_page(query.get("page"))
    shown = [list(page.object_list), since.late[:RECORDED_SINCE_SHOWN], since.corrections[:RECORDED_SINCE_SHOWN]]
    entries, late, corrections = entry_lines(*shown, zone=explanation.seller.market.zone)
    return {
        "narrowed": narrowed_to(explanation.facts.ledger, policy=form.policy_code, content=form.content_kind),
        "sum": sum(entry.points for entry in lines[form.shown]),
        "tabs": _tabs(lines, query, form),
        "page": page,
        "entries": entries,
        "late": late,
        "more_late": len(since.late[RECORDED_SINCE_SHOWN:]),
        "corrections": corrections,
        "more_corrections": len(since.corrections[RECORDED_SINCE_SHOWN:]),
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


Lines = Mapping[selectors.LedgerTab, Sequence[selectors.LedgerEntry]]


def _lines(explanation: selectors.Explanation, form: LedgerForm) -> Lines:
    """The entries to list under each tab: all, or those about a policy or a kind of content."""
    return {
        show: selectors.entries_about(entries, policy=form.policy_code, content=form.content_kind)
        for show, entries in explanation.entries.items()
    }


def _tabs(lines: Lines, query: QueryDict, form: LedgerForm) -> list[dict[str, Any]]:
    labels = {
        selectors.LedgerTab.COUNTING: _("Counting"),
        selectors.LedgerTab.EXPIRED: _("Expired"),
        selectors.LedgerTab.ALL: _("All entries"),
    }
    tabs = []
    for show, entries in lines.items():
        changed = query.copy()
        changed.pop("page", None)
        changed["show"] = show.value
        tabs.append(
            {
                "label": labels[show],
                "url": f"?{changed.urlencode()}",
                "current": show is form.shown,
                "count": len(entries),
            }
        )
    return tabs

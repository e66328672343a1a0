"""What staff read of runs and their chunks: what is refused, how far they are and what a run knew."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.dates import Week
from kit.formatting import utc_words
from sellers.models import Market

# --- What is refused


def no_such_seller(market: Market) -> str:
    return _("No seller of %(market)s has this id.") % {"market": market}


def not_published_yet(week: Week, market: Market) -> str:
    return _("%(week)s of %(market)s is not published yet.") % {"week": week, "market": market}


def week_ends_on(week: Week, market: Market, ends_at: datetime) -> str:
    said = _("%(week)s of %(market)s ends on %(moment)s.")
    return said % {"week": week, "market": market, "moment": utc_words(ends_at)}


def done_already() -> str:
    return _("This chunk is done already.")


# --- Chunks


def chunks_done_already(done: int, *, asked: int) -> str:
    if asked == 1:
        return done_already()
    said = ngettext("%(count)s chunk is done already.", "%(count)s chunks are done already.", done)
    return said % {"count": f"{done:,}"}


def chunks_tried_again(count: int) -> str:
    said = ngettext(
        "%(count)s chunk will be tried again within minutes.",
        "%(count)s chunks will be tried again within minutes.",
        count,
    )
    return said % {"count": f"{count:,}"}


def chunks_done(done: int, *, chunks: int) -> str:
    if not chunks:
        return _("%(done)s of %(chunks)s") % {"done": done, "chunks": chunks}
    facts = {"done": done, "chunks": chunks, "percent": 100 * done // chunks}
    return _("%(done)s of %(chunks)s (%(percent)s%%)") % facts


# --- What a run knew when it started


def milestone(points: int, *, label: str) -> str:
    said = ngettext("%(count)s point: %(what)s", "%(count)s points: %(what)s", points)
    return said % {"count": points, "what": label}


def near_from(points: int) -> str:
    said = ngettext("From %(count)s point before it", "From %(count)s points before it", points)
    return said % {"count": f"{points:,}"}


def quiz(policy: str, *, points: int) -> str:
    said = ngettext(
        "%(policy)s: a pass takes off %(count)s point", "%(policy)s: a pass takes off %(count)s points", points
    )
    return said % {"policy": policy, "count": f"{points:,}"}


def workshop(title: str, *, when: str) -> str:
    return _("%(workshop)s: %(when)s") % {"workshop": title, "when": when}


def totals_title(week: Week, market: Market) -> str:
    return _("%(week)s in %(market)s") % {"week": week, "market": market}

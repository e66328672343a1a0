"""What the command says that builds reports, and what the trail keeps of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.dates import Week
from kit.formatting import moment_words, utc_words
from sellers.models import Market


def failed(markets: Sequence[str]) -> str:
    said = _("Failed: %(markets)s; the log says why. What is built is kept; run the command again to go on.")
    return said % {"markets": ", ".join(markets)}


def nothing_is_due(market: Market, *, week: Week) -> str:
    return _("%(market)s: nothing is due; %(week)s has not ended.") % {"market": market.code, "week": week}


def built_with_the_command(reports: int) -> str:
    said = ngettext(
        "Built and published %(count)s report with the command.",
        "Built and published %(count)s reports with the command.",
        reports,
    )
    return said % {"count": f"{reports:,}"}


def published(reports: int, *, of: str) -> str:
    said = ngettext("%(run)s: %(count)s report published.", "%(run)s: %(count)s reports published.", reports)
    return said % {"run": of, "count": f"{reports:,}"}


def not_ended(market: Market, *, week: Week) -> str:
    facts = {
        "week": week,
        "market": market.code,
        "end": moment_words(week.ends_at(zone=market.zone), zone=market.zone),
        "zone": market.time_zone,
    }
    return _("%(week)s has not ended in %(market)s: it ends on %(end)s (%(zone)s).") % facts


def published_already(market: Market, *, week: Week, since: datetime) -> str:
    facts = {"market": market.code, "week": week, "moment": utc_words(since)}
    return _("%(market)s %(week)s is published already, since %(moment)s.") % facts


def before_the_books(market: Market, *, week: Week) -> str:
    facts = {"market": market.code, "week": week}
    return _("%(market)s has no report for %(week)s: its books were opened later.") % facts

"""What the command says that imports a file of violations, and what the trail keeps of it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.dates import Week
from kit.outcomes import Result
from sellers.models import Market

RESULTS = {
    Result.CREATED: gettext_noop("%(count)s created"),
    Result.PRESENT: gettext_noop("%(count)s already there"),
    Result.REFUSED: gettext_noop("%(count)s refused"),
}


def results(market: Market, counts: Mapping[Result, int]) -> str:
    found = ", ".join(_(said) % {"count": f"{counts[result]:,}"} for result, said in RESULTS.items())
    return _("Violations of market %(market)s: %(counts)s.") % {"market": market.code, "counts": found}


def issued_in_a_week_that_is_over(violations: int, *, week: Week) -> str:
    said = ngettext(
        "%(count)s was issued in a week that is over; it will appear in the report of week %(week)s.",
        "%(count)s were issued in a week that is over; they will appear in the report of week %(week)s.",
        violations,
    )
    return said % {"count": f"{violations:,}", "week": week}


def over_when_told(violations: int) -> str:
    said = ngettext(
        "%(count)s has points that were over before it was told: none of them counts.",
        "%(count)s have points that were over before they were told: none of them counts.",
        violations,
    )
    return said % {"count": f"{violations:,}"}


def import_begins(source: str) -> str:
    return _("The %(source)s of violations begins.") % {"source": source}


def import_ended(source: str) -> str:
    return _("The %(source)s of violations ended.") % {"source": source}

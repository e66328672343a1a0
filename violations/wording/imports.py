"""What the command says that imports a file of violations, and what the trail keeps of it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from kit.outcomes import Result

RESULTS = {
    Result.CREATED: gettext_noop("%(count)s created"),
    Result.PRESENT: gettext_noop("%(count)s already there"),
    Result.HELD: gettext_noop("%(count)s held"),
    Result.REFUSED: gettext_noop("%(count)s refused"),
}


def _results(market: str, counts: Mapping[str, int]) -> str:
    found = ", ".join(
        _(said) % {"count": f"{counts.get(result.value, 0):,}"}
        for result, said in RESULTS.items()
        if counts.get(result.value, 0) or result is not Result.HELD
    )
    return _("Violations of market %(market)s: %(counts)s.") % {"market": market, "counts": found}


def _issued_in_a_week_that_is_over(violations: int, *, week: str) -> str:
    said = ngettext(
        "%(count)s was issued in a week that is over; it will appear in the report of week %(week)s.",
        "%(count)s were issued in a week that is over; they will appear in the report of week %(week)s.",
        violations,
    )
    return said % {"count": f"{violations:,}", "week": week}


def _over_when_told(violations: int) -> str:
    said = ngettext(
        "%(count)s has points that were over before it was told: none of them counts.",
        "%(count)s have points that were over before they were told: none of them counts.",
        violations,
    )
    return said % {"count": f"{violations:,}"}


def tally_words(*, market: str, results: Mapping[str, int], late: Mapping[str, int], over: int) -> list[str]:
    """What came of the rows of a file, a sentence each: of how many, by result, and late ones by the week of report."""
    said = [_results(market, results)]
    said += [_issued_in_a_week_that_is_over(count, week=week) for week, count in sorted(late.items())]
    return [*said, _over_when_told(over)] if over else said

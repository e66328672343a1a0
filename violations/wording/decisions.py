"""What was decided about a violation."""

from __future__ import annotations

from datetime import datetime, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import deadline_words
from kit.markdown.parsing import escaped
from kit.time_zones import zone_or_utc

from ..models import Violation


def decision_words(violation: Violation) -> str:
    """The decision as the marketplace wrote it, else written out from what was decided. Markdown."""
    return violation.decision or decided(
        points=violation.decided_points,
        market=violation.decided_market,
        until=violation.decided_until,
        is_over=violation.was_over_when_told,
        zone=zone_or_utc(violation.decided_zone),
    )


def decided(*, points: int, market: str, until: datetime | None, is_over: bool, zone: tzinfo) -> str:
    """What was decided, in which scope and for how long, as Markdown; without points there is no ``until``."""
    if until is None:
        said = _("A violation without points was recorded in the market %(market)s.")
        return said % {"market": escaped(market)}
    said = _over(points) if is_over else _added(points)
    return said % {"count": f"{points:,}", "market": escaped(market), "until": deadline_words(until, zone=zone)}


def _added(points: int) -> str:
    return ngettext(
        "%(count)s point counts in the market %(market)s until %(until)s.",
        "%(count)s points count in the market %(market)s until %(until)s.",
        points,
    )


def _over(points: int) -> str:
    return ngettext(
        "%(count)s point is on record in the market %(market)s. It would have counted until "
        "%(until)s. That was over before you were told: nothing of it counts now.",
        "%(count)s points are on record in the market %(market)s. They would have counted until "
        "%(until)s. That was over before you were told: nothing of it counts now.",
        points,
    )


def over_when_told() -> str:
    """What stands beside a decision that the marketplace wrote itself."""
    return _("That was over before you were told: nothing of it counts now.")

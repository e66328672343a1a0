"""What was decided about a violation."""

from __future__ import annotations

from datetime import datetime, tzinfo

from kit.formatting import counted, deadline_words
from kit.markdown.parsing import escaped

OVER_WHEN_TOLD = "That was over before you were told: nothing of it counts now."


def decided(*, points: int, market: object, until: datetime, is_over: bool, zone: tzinfo) -> str:
    """What was decided about a violation, in which scope and for how long, as Markdown."""
    scope = f"your account in the market {escaped(market)}"
    if not points:
        return f"A violation without points was recorded for {scope}."
    end = deadline_words(until, zone=zone)
    if is_over:
        are, would = ("is", "It") if points == 1 else ("are", "They")
        recorded = f"{counted(points, 'point')} {are} on record for {scope}."
        return f"{recorded} {would} would have counted until {end}. {OVER_WHEN_TOLD}"
    added, they = ("was", "It counts") if points == 1 else ("were", "They count")
    return f"{counted(points, 'point')} {added} added to {scope}. {they} until {end}."

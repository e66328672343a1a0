"""Moments, numbers and paper of documents, in the words of the pages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from ..addresses import portal_url
from ..models import Market

MINUS = "\N{MINUS SIGN}"
LETTER_MARKETS = {"US", "CA", "MX", "PH"}
"""Where people print on Letter; everywhere else it is A4."""


def moment_words(moment: datetime, *, zone: ZoneInfo) -> str:
    """``14 Nov 2026, 18:05 PST``."""
    local = moment.astimezone(zone)
    name = local.tzname() or ""
    shown = f"UTC{name.replace('-', MINUS)}" if name[:1] in {"+", "-"} else name
    return f"{date_format(local, 'j M Y, H:i')} {shown}"


def day_words(moment: datetime, *, zone: ZoneInfo) -> str:
    """``14 Nov 2026``, the local day of a moment."""
    return date_format(moment.astimezone(zone), "j M Y")


def signed(value: int) -> str:
    """``+2``, ``−1`` (a true minus) or ``0``."""
    return f"{value:+d}".replace("-", MINUS) if value else "0"


def paper_of(market: Market) -> str:
    """The paper that a market prints on."""
    return "us-letter" if market.code.partition("-")[0] in LETTER_MARKETS else "a4"


def address(path: str) -> str:
    """Where a page of the portal is, for a reader who is not on it."""
    return portal_url(path)

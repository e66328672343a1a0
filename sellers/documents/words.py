"""Numbers, paper and addresses of documents."""

from __future__ import annotations

from ..addresses import portal_url
from ..formatting import MINUS
from ..models import Market

LETTER_MARKETS = {"US", "CA", "MX", "PH"}
"""Where people print on Letter; everywhere else it is A4."""


def signed(value: int) -> str:
    """``+2``, ``−1`` (a true minus) or ``0``."""
    return f"{value:+d}".replace("-", MINUS) if value else "0"


def paper_of(market: Market) -> str:
    """The paper that a market prints on."""
    return "us-letter" if market.code.partition("-")[0] in LETTER_MARKETS else "a4"


def address(path: str) -> str:
    """Where a page of the portal is, for a reader who is not on it."""
    return portal_url(path)

"""Cached pages of a seller: drawn anew only if something changed that they show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from kit.database.row_versions import Part, versions_of
from kit.pages.cached_pages import PAGE_ROWS, render_cached

from .access import SellerRequest

OF_SELLER = "seller_id = %(seller)s"
OF_MARKET = "market_id = %(market)s"

MINUTE = 1
"""For pages that say as of which minute they are."""

QUARTER_OF_AN_HOUR = 15
"""For pages that say no time of day of now: in every time zone a day begins with one."""


def render_page(
    request: SellerRequest,
    template: str,
    *,
    now: datetime,
    minutes: int,
    draw: Callable[[], dict[str, Any]],
    also: Mapping[str, Any] | None = None,
    beside: Sequence[Part] = (),
) -> HttpResponse:
    """A page about ``request.seller`` as of ``now``, cached for this many minutes of the clock at most.

    It is drawn anew if one of its ``PAGE_ROWS`` changed, or the reader's role or time zone. A page may depend on more:
    on values in ``also``, and on rows ``beside``, whose conditions may name these values.
    """
    seller = request.seller
    known = {
        "seller": seller.pk,
        "market": seller.market_id,
        "person": request.user.pk,
        "viewing": request.viewing.pk if request.viewing else None,
        "time_zone": request.user.time_zone,
        "role": seller.own_role,  # type: ignore[attr-defined]  # annotated
        "period": int(now.timestamp()) // (60 * minutes),
        **(also or {}),
    }
    versions = versions_of([*PAGE_ROWS, *beside], known | {"now": now})
    return render_cached(request, template, made_of=f"{known} {versions}", seconds=60 * minutes, draw=draw)

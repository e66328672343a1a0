"""In whose brand a page is."""

from __future__ import annotations

from django.http import HttpRequest

from kit.brands import ShownBrand

from .access import last_seller
from .brands import brand_of
from .selectors import only_market


def brand_for(request: HttpRequest) -> ShownBrand:
    """The brand of a page: of the seller whose menu it has, else of visitors. Asked for once a page."""
    if not hasattr(request, "shown_brand"):
        seller = getattr(request, "seller", None) or (last_seller(request) if hasattr(request, "user") else None)
        market = seller.market if seller is not None else only_market()
        request.shown_brand = brand_of(market)  # type: ignore[attr-defined]  # kept here
    found: ShownBrand = request.shown_brand  # type: ignore[attr-defined]  # set above
    return found

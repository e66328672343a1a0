"""Sentences about what staff do for sellers."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sellers.models import Market


def before_viewing(market: Market) -> str:
    """What to know before one views as a seller of a market."""
    if market.tells_of_viewings:
        return _(
            "You see the pages as the seller's owners do, for half an hour, and can change nothing. It stands in the "
            "trail, and the seller gets a message that staff looked."
        )
    return _(
        "You see the pages as the seller's owners do, for half an hour, and can change nothing. It stands in the "
        "trail. The seller is not told."
    )

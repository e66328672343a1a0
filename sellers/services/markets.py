"""Changing a market."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from ..models import Market
from .recording import Refused, lock_books

CHANGEABLE = {
    "name",
    "language",
    "points_expiry",
    "points_valid_days",
    "approach_points",
    "appeal_days",
    "appeal_decision_days",
    "further_route",
    "further_route_url",
    "rewarded_passes_per_month",
    "policy_notice_days",
}
"""Not the code and the time zone, which say what the market's records mean; nor how far its books are closed."""


@transaction.atomic
def change_market(*, market: Market, changes: Mapping[str, object]) -> Market:
    """Change some fields of a market, under the lock of its books: who records sees all of it or nothing.

    What is not among the ``changes`` stays as it is now, whatever the ``market`` given was read as. Raises ``Refused``
    naming the field, for one that cannot be changed and for a value that does not fit.
    """
    if fixed := sorted(changes.keys() - CHANGEABLE):
        raise Refused("It stays as it is.", field=fixed[0])
    market = lock_books(market_id=market.pk)
    for name, value in changes.items():
        setattr(market, name, value)
    try:
        market.clean_fields(exclude={field.name for field in market._meta.fields} - changes.keys())
    except ValidationError as error:
        name, (message, *_) = next(iter(error.message_dict.items()))
        raise Refused(message, field=name) from error
    market.save(update_fields=list(changes))
    return market

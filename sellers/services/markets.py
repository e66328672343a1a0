"""Changing a market."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from audit.services import Actor, record
from audit.snapshots import snapshot
from kit.outcomes import Refused

from .. import rules
from .. import wording as words
from ..models import Market
from .recording import lock_books

RULES = (
    "points_expiry",
    "points_valid_days",
    "approach_points",
    "appeal_days",
    "appeal_decision_days",
    "appeal_answer_days",
    "rewarded_passes_per_month",
    "policy_notice_days",
)
"""The numbers of a market's rules. Where there are sellers they change at a date, with a notice."""

CONTROLS = ("upload_second_person_above", "reversal_second_person_above")
"""The numbers above which a second person is needed. Where there are sellers two people raise them, and one lowers."""

CHANGEABLE = {
    "name", "language", "redress", "redress_url", "second_review_percent", "milestone_quiz_share",
    "missed_workshop_limit", "missed_workshop_days", "tells_of_viewings", *CONTROLS, *RULES,
}  # fmt: skip
"""Not the code and the time zone, which say what the market's records mean; nor how far its books are closed."""


@transaction.atomic
def change_market(
    *,
    market: Market,
    changes: Mapping[str, Any],
    now: datetime,
    changed_by: Actor = None,
    with_notice: bool = False,
    is_approved: bool = False,
) -> Market:
    """Change some fields of a market, under the lock of its books: who records sees all of it or nothing.

    What is not among the ``changes`` stays as it is now, whatever the ``market`` given was read as. The trail says what
    ``changed_by`` changed; nobody is named where it says why already.

    Raises ``Refused``, naming the field:

    - for a field that cannot be changed, and for a value that does not fit
    - for a number of the rules of a market with sellers, unless the sellers had notice
    - for a change that lets one person do more, unless it is approved
    """
    if fixed := sorted(changes.keys() - CHANGEABLE):
        raise Refused(_("It stays as it is."), field=fixed[0])
    market = lock_books(market_id=market.pk)
    before = snapshot(market)
    numbers = sorted(changes.keys() & set(RULES))
    if numbers and not with_notice and market.sellers.exists():
        raise Refused(_("Sellers live by it: draft a change of the rules with a date."), field=numbers[0])
    if not is_approved and (raised := raised_controls(market, changes)):
        raise Refused(words.needs_approval(), field=raised[0])
    for name, value in changes.items():
        setattr(market, name, value)
    refuse_invalid(market, changes)
    market.save(update_fields=list(changes))
    if changes:
        record(by=changed_by, action="change", about=market, before=before, now=now)
    return market


def raised_controls(market: Market, changes: Mapping[str, Any]) -> list[str]:
    """Which of the changes would let one person do more alone in a market with sellers."""
    raised = [one for one in CONTROLS if one in changes and rules.lets_do_more(getattr(market, one), changes[one])]
    return raised if raised and market.sellers.exists() else []


def refuse_invalid(record: Model, names: Collection[str]) -> None:
    """Raise ``Refused`` for the first of these fields whose value does not fit."""
    try:
        record.clean_fields(exclude={field.name for field in record._meta.fields} - set(names))
    except ValidationError as error:
        name, (message, *_others) = next(iter(error.message_dict.items()))
        raise Refused(message, field=name) from error

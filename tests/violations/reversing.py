"""What the tests of mass reversals share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from sellers.models import Market
from tests.factories import NOW, UserFactory
from violations.models import MassReversal
from violations.selectors import preview_reversal
from violations.services import ReversalFilter, draft_reversal, start_reversal, void_next_batch

LATER = NOW + timedelta(days=1)
REASON = "The model that found these took a brand name for a claim."
INCIDENT = "INC-7: the claims model of 16 November."


def draft_mass(market: Market, *, now: datetime = LATER, by: User | None = None, **wanted: Any) -> MassReversal:
    """A draft of a mass reversal, by default of everything that was issued by staff."""
    return draft_reversal(
        market=market,
        wanted=ReversalFilter(**wanted or {"detection": "staff"}),
        incident=INCIDENT,
        created_by=by or UserFactory(),
        now=now,
    )


def start_mass(market: Market, *, now: datetime = LATER, by: User | None = None, **wanted: Any) -> MassReversal:
    """A mass reversal that runs, and has voided nothing yet."""
    draft = draft_mass(market, now=now, by=by, **wanted)
    confirmed = preview_reversal(reversal=draft, as_of=now).violations
    return start_reversal(reversal=draft, reason=REASON, confirmed=confirmed, started_by=draft.created_by, now=now)


def run_mass(reversal: MassReversal, *, now: datetime = LATER) -> MassReversal:
    """Void batch after batch until there is nothing left."""
    while void_next_batch(reversal_id=reversal.pk, now=now, wait=True):
        pass
    reversal.refresh_from_db()
    return reversal

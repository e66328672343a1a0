"""An incident: a check that lost the picture saw nobody in LIVEs, and a mass reversal voided what it found."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from policies.models import Policy
from sellers.models import Market
from violations.models import MassReversal
from violations.selectors import preview_reversal
from violations.services import ReversalFilter, draft_reversal, start_reversal, void_next_batch

POLICY = "low-quality-live"
INCIDENT = (
    "The check that looks for LIVEs without a host lost the picture at times and took that for an empty room. "
    "Everything that it found under this policy is in doubt."
)
REASON = "The check that found this had lost the picture of your LIVE. It was wrong, and we are sorry."


def reverse_incident(market: Market, lead: User, *, now: datetime) -> MassReversal:
    """Void what an automated check found under one policy in a market, two hours ago."""
    moment = now - timedelta(hours=2)
    wanted = ReversalFilter(policy=Policy.objects.get(code=POLICY), detection="automated")
    reversal = draft_reversal(market=market, wanted=wanted, incident=INCIDENT, created_by=lead, now=moment)
    found = preview_reversal(reversal=reversal, as_of=moment).violations
    start_reversal(reversal=reversal, reason=REASON, confirmed=found, started_by=lead, now=moment)
    while void_next_batch(reversal_id=reversal.pk, now=moment + timedelta(minutes=1)):
        pass
    reversal.refresh_from_db()
    return reversal

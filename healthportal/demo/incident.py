"""Two incidents: a check of LIVEs that lost the picture, whose violations a mass reversal voided; and a check of
listings that appeals overturn again and again, of which an alarm tells.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from policies.models import Policy
from sellers.models import Market
from violations.models import MassReversal, Violation
from violations.selectors import preview_reversal
from violations.services import (
    ReversalFilter,
    draft_reversal,
    file_appeal,
    grant_appeal,
    start_reversal,
    void_next_batch,
    watch_detectors,
)

from .history import MISTAKEN

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


DETECTOR = "listing-check"
TEXT = "My listing says what it says since June: please open it. The sentence that you name is not in it."
ANSWER = "The listing says what you say it says; our check had read an older one. We are sorry."


def raise_alarm(market: Market, people: list[User], reviewer: User, *, now: datetime) -> int:
    """Grant the appeals of some sellers against one detector, and let it be watched; how many alarms there are."""
    found = Violation.objects.filter(market=market, detector=DETECTOR, seller__external_id__in=MISTAKEN)
    for number, violation in enumerate(found.order_by("pk")):
        filed_at = now - timedelta(hours=52 - number)
        person = people[number % len(people)]
        appeal = file_appeal(violation=violation, text=TEXT, filed_by=person, now=filed_at)
        said = {"reason": ANSWER, "reason_code": "proof-sound"}
        grant_appeal(appeal=appeal, decided_by=reviewer, now=filed_at + timedelta(hours=30), **said)
    return watch_detectors(now=now - timedelta(hours=3))

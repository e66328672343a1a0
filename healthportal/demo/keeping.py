"""What the demo's markets keep no longer: days that staff chose for one of them, and a first look at what is older."""

from __future__ import annotations

from datetime import datetime, timedelta

from healthportal.retention.models import Retention
from healthportal.retention.services import prepare_retentions, prune
from sellers.models import Market

ANNOUNCED = 120
"""Days that one market keeps messages that announce a weekly report; the report itself stays."""


def keep_no_longer(market: Market, *, now: datetime) -> None:
    prepare_retentions(now=now)
    Retention.objects.filter(market=market, kind="announcements").update(days=ANNOUNCED)
    prune(clock=lambda: now, until=now + timedelta(seconds=1))

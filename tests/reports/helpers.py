"""What tests of reports share."""

from __future__ import annotations

from datetime import datetime

from kit.dates import Week
from reports.presentation.presenting import present
from reports.presentation.tree import PresentedReport
from reports.selectors import get_report
from sellers.models import Seller


def presented(seller: Seller, week: Week, *, now: datetime) -> PresentedReport:
    """A published report as it is shown at a moment."""
    return present(get_report(seller=seller, week=week, now=now))

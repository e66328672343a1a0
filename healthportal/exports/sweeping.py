"""Files of exports that no row names."""

from __future__ import annotations

from datetime import datetime

from kit.jobs.orphans import sweep
from sellers.services import check_clock

from .models import Export


def sweep_orphans(*, now: datetime) -> int:
    """Remove the files that no export names, and return how many there were. Raises ``ClockAhead``."""
    check_clock(now=now)
    return sweep("exports/", Export.objects.all(), now=now)

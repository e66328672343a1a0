"""Taking out weeks that are old enough, where the table is cut by week (docs/operations.md)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from accounts.models import User
from audit.services import record
from kit.outcomes import Refused

from .. import trail_notes
from ..models import ReportRun
from ..wording import dropping as wording
from .partitioning import ReportPartition, partitions

MIN_WEEKS = 53
"""No fewer can be kept: a year, so that a week can be looked at beside the one of a year ago."""


def old_partitions(*, keep_weeks: int, today: date) -> list[ReportPartition]:
    """Those all of whose weeks are older than so many whole weeks before this one, the oldest first (1 query).

    Raises ``Refused`` if fewer than a year would be kept.
    """
    if keep_weeks < MIN_WEEKS:
        raise Refused(wording.too_few(MIN_WEEKS))
    monday = today - timedelta(days=today.weekday())
    try:
        kept_from = monday - timedelta(weeks=keep_weeks)
    except OverflowError:  # before the first of all years
        return []
    return [part for part in partitions() if part.ends <= kept_from]


@transaction.atomic
def drop_partition(part: ReportPartition, *, by: User | str, now: datetime) -> int:
    """Remove a partition with its reports, and note it of each run whose week was in it; returns how many those are.

    Runs and their totals stay. It waits five seconds at most for who reads the table. Only the owner of the table may.

    Raises ``Refused`` if a run in it is not published.
    """
    runs = ReportRun.objects.filter(week_start__lt=part.ends).order_by("week_start", "pk")
    if part.begins is not None:
        runs = runs.filter(week_start__gte=part.begins)
    if runs.filter(published_at=None).exists():
        raise Refused(wording.not_published(part.name))
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(part.name)
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        cursor.execute(f"ALTER TABLE reports_weeklyreport DETACH PARTITION {name}")
        cursor.execute(f"DROP TABLE {name}")
    for run in runs:
        record(by=by, action="drop", about=run, note=trail_notes.reports_dropped(), now=now)
    return len(runs)

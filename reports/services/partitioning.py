"""Cutting the table of weekly reports by week: what is there once, then a partition for each week to come.

Only the owner of the table may (docs/operations.md). Services that build and read reports see one table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction

from kit.dates import Week
from kit.outcomes import Refused

from ..models import WeeklyReport
from ..wording import partitioning as wording

MAX_WEEKS_AHEAD = 104

# By the bounds of each; the partition that takes what has no other has none.
PARTITIONS = r"""
SELECT name, substring(bounds FROM 'FROM \(''([0-9-]+)''')::date,
    substring(bounds FROM 'TO \(''([0-9-]+)''')::date, bytes
FROM (
    SELECT relname AS name, pg_get_expr(relpartbound, oid) AS bounds, pg_total_relation_size(oid) AS bytes
    FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'reports_weeklyreport'::regclass
) AS parts
WHERE bounds LIKE '%TO (%' ORDER BY 3
"""

IS_CUT = "SELECT relkind = 'p' FROM pg_class WHERE oid = 'reports_weeklyreport'::regclass"

# The table as it is becomes the first partition; nothing is copied. Its own triggers stay on it.
CUT = """
ALTER TABLE reports_weeklyreport RENAME TO reports_weeklyreport_before;
CREATE TABLE reports_weeklyreport (
    LIKE reports_weeklyreport_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (week_start, seller_id)
) PARTITION BY RANGE (week_start);
ALTER TABLE reports_weeklyreport ATTACH PARTITION reports_weeklyreport_before
    FOR VALUES FROM (MINVALUE) TO ('{until}');
CREATE TRIGGER weekly_report_insert_fits AFTER INSERT ON reports_weeklyreport
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_invalid_report();
CREATE TRIGGER weekly_report_update_fits AFTER UPDATE ON reports_weeklyreport
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_invalid_report();
"""

# The triggers of a table do not watch those who write to a partition of it by name, so each gets its own.
FREEZE = """
CREATE TRIGGER weekly_report_update_frozen AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_published_report();
CREATE TRIGGER weekly_report_delete_frozen AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_published_report();
CREATE TRIGGER weekly_report_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying_reports();
"""

OTHER = "reports_weeklyreport_other"
"""The partition of weeks that have none of their own: none is lost where nobody made it."""

OTHER_WEEKS = "SELECT min(week_start), max(week_start) FROM reports_weeklyreport_other"

# It becomes the partition of the weeks that it holds, and another one takes its place.
SETTLE = """
ALTER TABLE reports_weeklyreport DETACH PARTITION reports_weeklyreport_other;
ALTER TABLE reports_weeklyreport_other RENAME TO {name};
ALTER TABLE reports_weeklyreport ATTACH PARTITION {name} FOR VALUES FROM ('{begins}') TO ('{until}');
"""


@dataclass(frozen=True)
class ReportPartition:
    """The weeks whose Monday is from ``begins`` (``None``: the first there is) to before ``ends``."""

    name: str
    begins: date | None
    ends: date
    bytes: int

    def has(self, monday: date) -> bool:
        return (self.begins is None or self.begins <= monday) and monday < self.ends


def partitions() -> list[ReportPartition]:
    """The partitions of whole weeks, the oldest first; none for a table that is not cut (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS)
        return [ReportPartition(*row) for row in cursor.fetchall()]


@transaction.atomic
def cut_by_week(*, weeks_ahead: int, today: date) -> list[str]:
    """Make the partitions of the last week, of this one and of so many to come that there are not; their names.

    A table that is not cut yet is cut first, after the last week that was built: who reads and writes it waits, while
    Postgres reads it once. Weeks that came without a partition get one together. Done again it does nothing.

    It waits five seconds at most for who reads the table. Raises ``Refused`` for no week, or for too many.
    """
    if not 0 < weeks_ahead <= MAX_WEEKS_AHEAD:
        raise Refused(wording.weeks_out_of_range(MAX_WEEKS_AHEAD))
    last = Week(today - timedelta(days=today.weekday())).previous
    _run("SET LOCAL lock_timeout = '5s'")
    made = _settle_other() if _is_cut() else _cut(since=last)
    known, week = partitions(), last
    for _number in range(weeks_ahead + 2):
        if not any(part.has(week.monday) for part in known):
            made.append(_add(week))
        week = week.next
    return made


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _is_cut() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(IS_CUT)
        (is_cut,) = cursor.fetchone()
    return bool(is_cut)


def _cut(*, since: Week) -> list[str]:
    newest = WeeklyReport.objects.order_by("-week_start").values_list("week_start", flat=True).first()
    until = Week(newest).next if newest else since
    _run(CUT.format(until=until.monday) + FREEZE.format(table="reports_weeklyreport"))
    return ["reports_weeklyreport_before", _add_other()]


def _settle_other() -> list[str]:
    """The partition that the weeks of the other one become, and a new other one; nothing if there are no such weeks."""
    with connection.cursor() as cursor:
        cursor.execute(OTHER_WEEKS)
        first, last = cursor.fetchone()
    if first is None:
        return []
    name = _name_of(Week(first))
    _run(SETTLE.format(name=name, begins=first, until=Week(last).next.monday))
    _add_other()
    return [name]


def _add(week: Week) -> str:
    name = _name_of(week)
    bounds = f"FOR VALUES FROM ('{week.monday}') TO ('{week.next.monday}')"
    _run(f"CREATE TABLE {name} PARTITION OF reports_weeklyreport {bounds};" + FREEZE.format(table=name))
    return name


def _add_other() -> str:
    _run(f"CREATE TABLE {OTHER} PARTITION OF reports_weeklyreport DEFAULT;" + FREEZE.format(table=OTHER))
    return OTHER


def _name_of(week: Week) -> str:
    return f"reports_weeklyreport_{str(week).lower().replace('-', '_')}"

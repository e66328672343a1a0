"""Weekly reports that are old enough go with their partition, and not before."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from time_machine import travel

from audit.models import AuditEntry
from kit.database.checks import run_check
from kit.outcomes import Refused
from reports import services
from reports.database_checks import CHECKS
from reports.models import ReportRun, WeeklyReport
from reports.services.partitioning import ReportPartition
from tests.factories import issue

W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def drop_old_reports(**options):
    out = StringIO()
    call_command("drop_old_reports", stdout=out, **options)
    return out.getvalue()


def test_old_weeks_are_dropped_only_as_a_whole_and_when_asked(market, seller, policy):
    issue(seller, policy, now=W45_END - HOUR)
    services.build_due_weeks(market=market, now=W45_END)
    connection.check_constraints()
    assert "No partition is older" in drop_old_reports()
    services.cut_by_week(weeks_ahead=1, today=W45_END.date())
    services.build_due_weeks(market=market, now=W45_END + timedelta(days=7))
    connection.check_constraints()
    (kept,) = WeeklyReport.objects.filter(week_start="2026-11-09").values_list("run", flat=True)
    with travel("2027-11-19T12:00Z"):  # 53 whole weeks after the first of them
        with pytest.raises(CommandError, match="At least 53 weeks"):
            drop_old_reports(keep_weeks=52)
        assert drop_old_reports(keep_weeks=54) == (
            "No partition is older than 54 weeks. Weeks that share one with younger weeks stay.\n"
        )
        said = drop_old_reports(keep_weeks=53)
        assert re.match(r"reports_weeklyreport_before \(weeks up to 2026-W45, \d+ MB\) would be dropped\.\n", said)
        assert WeeklyReport.objects.count() == 2
        said = drop_old_reports(keep_weeks=53, drop=True)
        assert said == "reports_weeklyreport_before was dropped, with the reports of 1 run.\n"
        assert list(WeeklyReport.objects.values_list("run", flat=True)) == [kept]
        entry = AuditEntry.objects.get(action="drop")
        assert entry.object_id == str(ReportRun.objects.get(week_start="2026-11-02").pk)
        assert entry.note == "Its reports were dropped: they were old enough."
        assert all(run_check(check, market_id=None).broken == 0 for check in CHECKS)
        assert "No partition is older" in drop_old_reports(keep_weeks=53, drop=True)


def test_only_the_owner_of_the_table_drops(market, seller, policy):
    issue(seller, policy, now=W45_END - HOUR)
    services.build_due_weeks(market=market, now=W45_END)
    connection.check_constraints()
    services.cut_by_week(weeks_ahead=1, today=W45_END.date())
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE somebody; GRANT SELECT ON ALL TABLES IN SCHEMA public TO somebody")
        cursor.execute("SET LOCAL ROLE somebody")
    with travel("2027-11-19T12:00Z"), pytest.raises(CommandError, match=r"must be owner of .* Run it as the owner"):
        drop_old_reports(keep_weeks=53, drop=True)


@pytest.mark.parametrize("begins", [None, timedelta(0)])
def test_a_week_that_is_not_published_is_not_dropped(market, seller, begins):
    run = services.start_run(market=market, now=W45_END)
    begins = begins if begins is None else run.week_start + begins
    part = ReportPartition("reports_weeklyreport_before", begins, run.week_start + timedelta(days=7), 0)
    with pytest.raises(Refused, match="has a week that is not published yet"):
        services.drop_partition(part, by="the owner", now=W45_END)

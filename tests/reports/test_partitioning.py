"""The table of weekly reports is cut by week, and stays the same for who reads and writes it."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from time_machine import travel

from kit.outcomes import Refused
from reports import services
from reports.models import WeeklyReport
from tests.factories import issue

from .test_models import refused

W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)


def cut(today=W45_END, weeks_ahead=1):
    """The names of the partitions that were made, in short."""
    connection.check_constraints()  # Postgres changes no table whose foreign keys are still to be checked
    made = services.cut_by_week(weeks_ahead=weeks_ahead, today=today.date())
    return [name.removeprefix("reports_weeklyreport_") for name in made]


def rows_by_table():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM reports_weeklyreport GROUP BY 1 ORDER BY 1")
        return {name.removeprefix("reports_weeklyreport_"): count for name, count in cursor.fetchall()}


def test_the_weeks_to_come_land_in_partitions_of_their_own(market, seller, policy):
    """Those that have none land in one beside, which becomes theirs; published ones stay frozen wherever they are."""
    services.build_due_weeks(market=market, now=W45_END)
    assert cut() == ["before", "other", "2026_w46", "2026_w47"]
    assert cut() == []
    issue(seller, policy, now=W45_END + HOUR)
    services.build_due_weeks(market=market, now=W45_END + 4 * WEEK)
    assert rows_by_table() == {"before": 1, "2026_w46": 1, "2026_w47": 1, "other": 2}
    assert cut(W45_END + 4 * WEEK) == ["2026_w48", "2026_w50", "2026_w51"]
    assert rows_by_table() == {"before": 1, "2026_w46": 1, "2026_w47": 1, "2026_w48": 2}
    assert cut(W45_END + 4 * WEEK) == []
    points = WeeklyReport.objects.published().order_by("week_start").values_list("points_in", flat=True)
    assert list(points) == [0, 3, 0, 0, 0]
    refused("weekly_report_published_is_frozen", "DELETE FROM reports_weeklyreport")
    refused("weekly_report_published_is_frozen", "UPDATE reports_weeklyreport SET points_in = 0")
    for table in ("before", "2026_w46", "2026_w48"):  # by name, so the triggers of the whole table see nothing of it
        refused("weekly_report_published_is_frozen", f"DELETE FROM reports_weeklyreport_{table}")
        refused("weekly_report_published_is_frozen", f"UPDATE reports_weeklyreport_{table} SET points_in = 0")
        refused("weekly_report_no_truncate", f"TRUNCATE reports_weeklyreport_{table}")
    refused("weekly_report_no_truncate", "TRUNCATE reports_weeklyreport")
    refused("weekly_report_no_truncate", "TRUNCATE reports_weeklyreport_other")


def test_a_partition_that_is_taken_out_takes_its_weeks_along(market, seller):
    services.build_due_weeks(market=market, now=W45_END)
    cut()
    services.build_due_weeks(market=market, now=W45_END + 2 * WEEK)
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reports_weeklyreport DETACH PARTITION reports_weeklyreport_2026_w46")
    left = [str(report.week) for report in WeeklyReport.objects.published().order_by("week_start")]
    assert left == ["2026-W45", "2026-W47"]


def test_a_table_without_reports_is_cut_before_the_last_week(db):
    assert cut() == ["before", "other", "2026_w45", "2026_w46", "2026_w47"]


def partition_reports(**options):
    out = StringIO()
    call_command("partition_reports", stdout=out, **options)
    return out.getvalue()


def test_the_command_says_what_it_made(market, seller):
    with travel("2026-11-11T12:00Z"):
        said = partition_reports(weeks=1)
        assert said.splitlines()[0] == "reports_weeklyreport_before was made."
        assert len(said.splitlines()) == 5
        assert partition_reports(weeks=1) == "Each of these weeks has a partition: nothing was changed.\n"
    with travel("2026-11-18T12:00Z"):
        assert partition_reports(weeks=1) == "reports_weeklyreport_2026_w48 was made.\n"


@pytest.mark.parametrize("weeks", [0, -1, 105, 10**9])
def test_no_week_and_too_many_are_refused(db, weeks):
    with pytest.raises(Refused, match="1 to 104"):
        services.cut_by_week(weeks_ahead=weeks, today=W45_END.date())
    with pytest.raises(CommandError, match="1 to 104"):
        partition_reports(weeks=weeks)


def test_only_the_owner_of_the_table_cuts_it(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE somebody; GRANT SELECT ON ALL TABLES IN SCHEMA public TO somebody")
        cursor.execute("SET LOCAL ROLE somebody")
    with pytest.raises(CommandError, match=r"must be owner of .* Run it as the owner"):
        partition_reports()

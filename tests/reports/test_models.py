"""What the database refuses, attacked with SQL."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from reports import services
from reports.models import ReportChunk, ReportRun, WeeklyReport
from sellers.models import Seller
from tests.factories import LONG_AGO, MarketFactory, SellerFactory, issue
from tests.locks import wait_until_somebody_waits_for_a_lock

W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def execute(sql, *params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        connection.check_constraints()


def refused(name, sql, *params):
    with pytest.raises(IntegrityError) as caught:
        execute(sql, *params)
    assert caught.value.__cause__.diag.constraint_name == name


@pytest.fixture
def published(market, seller, policy):
    issue(seller, policy, now=W45_END - HOUR)
    (run,) = services.build_due_weeks(market=market, now=W45_END)
    return ReportRun.objects.get(pk=run.pk)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reports_weeklyreport SET points_at_end = 0 WHERE run_id = %s",
        "DELETE FROM reports_weeklyreport WHERE run_id = %s",
    ],
)
def test_published_report_is_neither_changed_nor_deleted(published, sql):
    refused("weekly_report_published_is_frozen", sql, published.pk)
    assert WeeklyReport.objects.get().points_at_end == 3


def test_no_report_is_added_to_a_published_run(published, market):
    late = SellerFactory(market=market)
    report = WeeklyReport.objects.get()
    report.seller = late
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        report.save(force_insert=True)
    assert caught.value.__cause__.diag.constraint_name == "weekly_report_published_is_frozen"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reports_reportrun SET published_at = NULL WHERE id = %s",
        "UPDATE reports_reportrun SET rules = '{}' WHERE id = %s",
        "DELETE FROM reports_reportrun WHERE id = %s",
    ],
)
def test_published_run_is_frozen(published, sql):
    refused("report_run_published_is_frozen", sql, published.pk)


@pytest.mark.parametrize(
    ("monday", "starts_at", "ends_at", "published_at", "name"),
    [
        (date(2026, 11, 9), W45_END - HOUR, W45_END + HOUR, None, "report_run_no_overlap"),
        (date(2026, 11, 2), W45_END, W45_END + HOUR, None, "report_run_one_per_week"),
        (date(2026, 11, 10), W45_END, W45_END + HOUR, None, "report_run_week_starts_on_monday"),
        (date(2026, 11, 9), W45_END, W45_END, None, "report_run_covers_time"),
        (date(2026, 11, 9), W45_END, W45_END + HOUR, W45_END, "report_run_published_after_week"),
    ],
)
def test_runs_are_weeks_without_overlap(published, monday, starts_at, ends_at, published_at, name):
    run = ReportRun(
        market=published.market, week_start=monday, starts_at=starts_at, ends_at=ends_at, published_at=published_at
    )
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        run.save()
    assert caught.value.__cause__.diag.constraint_name == name


def test_reports_week_is_its_runs(market, seller):
    run = services.start_run(market=market, now=W45_END)
    report = WeeklyReport(
        week_start=date(2026, 11, 9), seller=seller, seller_name="Glow", run=run, points_at_start=0,
        points_at_end=0, points_in=0, points_out=0, violation_count=0,
        previous_violation_count=0, message_count=0, is_approaching=False,
    )  # fmt: skip
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        report.save(force_insert=True)
    assert caught.value.__cause__.diag.constraint_name == "weekly_report_week_is_the_runs"


def test_chunks_are_ranges_in_order(market, seller):
    run = services.start_run(market=market, now=W45_END)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        ReportChunk.objects.create(run=run, first_seller_id=2, last_seller_id=1, due_at=W45_END)
    assert caught.value.__cause__.diag.constraint_name == "report_chunk_range_ordered"


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"due_at": None}, "report_chunk_is_built_in_the_end"),
        ({"done_at": W45_END, "announced_at": W45_END}, "report_chunk_over_once_announced"),
        ({"announced_at": W45_END, "due_at": None, "given_up_at": W45_END}, "report_chunk_announced_once_done"),
        ({"given_up_at": W45_END}, "reportchunk_given_up_is_not_due"),
        ({"due_at": None, "done_at": W45_END, "claimed_at": W45_END}, "reportchunk_claimed_while_due"),
    ],
)
def test_chunk_is_due_until_it_is_done_or_given_up(market, seller, columns, constraint):
    run = services.start_run(market=market, now=W45_END)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        run.chunks.update(**columns)
    assert caught.value.__cause__.diag.constraint_name == constraint


def test_books_close_forward_only(published):
    refused(
        "market_books_close_forward_only",
        "UPDATE sellers_market SET books_closed_until = books_closed_until - interval '1 hour' WHERE id = %s",
        published.market_id,
    )


RECORDED = {
    "violations_violation": ("recorded_at", "external_id = external_id || '-again'"),
    "violations_pointsentry": ("recorded_at", "kind = 'credit', source = 'quiz', points = -1, corrects_id = id"),
    "inbox_message": ("posted_at", ""),
}


@pytest.mark.parametrize("table", RECORDED)
def test_nothing_is_recorded_in_closed_books(published, table):
    """A copy of what was recorded in the week is refused, although each row was fine when the books were open."""
    moment, changes = RECORDED[table]
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
        columns = [name for (name,) in cursor.fetchall() if name != "id"]
    changed = dict(change.split(" = ") for change in changes.split(", ") if change)
    values = ", ".join(changed.get(column, column) for column in columns)
    refused(
        "recorded_in_open_books",
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {moment} < %s LIMIT 1",
        W45_END,
    )


def test_names(published):
    assert str(published) == f"{published.market} 2026-W45"
    assert str(published.chunks.get()).startswith(f"{published}: sellers ")
    report = WeeklyReport.objects.get()
    assert str(report) == f"{report.seller} 2026-W45"


# --- What foreign keys would hold


def a_report(run, seller, **fields):
    figures = dict.fromkeys(
        ["points_at_start", "points_at_end", "points_in", "points_out", "violation_count", "previous_violation_count",
         "message_count"], 0,
    )  # fmt: skip
    kept = {"seller_name": seller.name, "is_approaching": False}
    return WeeklyReport(week_start=run.week_start, seller=seller, run=run, **figures | kept | fields)


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_report_is_of_a_seller_of_its_market(market, seller, elsewhere):
    run = services.start_run(market=market, now=W45_END)
    seller_id = SellerFactory().pk if elsewhere else seller.pk + 999
    report = a_report(run, seller)
    report.seller_id = seller_id
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        report.save(force_insert=True)
    assert caught.value.__cause__.diag.constraint_name == "weekly_report_seller_is_of_its_market"


def test_a_report_does_not_change_to_another_seller(market, seller):
    run = services.start_run(market=market, now=W45_END)
    a_report(run, seller).save(force_insert=True)
    refused(
        "weekly_report_seller_is_of_its_market", "UPDATE reports_weeklyreport SET seller_id = %s", SellerFactory().pk
    )


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM sellers_seller WHERE id = %s",
        "UPDATE sellers_seller SET id = id + 999 WHERE id = %s",
        "UPDATE sellers_seller SET market_id = market_id + 999 WHERE id = %s",
    ],
)
def test_a_seller_with_reports_stays(published, seller, sql):
    refused("seller_with_reports_stays", sql, seller.pk)


def test_a_seller_without_reports_can_go(market, seller):
    execute("DELETE FROM sellers_seller WHERE id = %s", seller.pk)


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM reports_reportrun WHERE id = %s", "UPDATE reports_reportrun SET id = id + 999 WHERE id = %s"],
)
def test_a_run_with_reports_stays(market, seller, sql):
    run = services.start_run(market=market, now=W45_END)
    services.build_chunk(chunk_id=run.chunks.get().pk, now=W45_END)
    refused("report_run_with_reports_stays", sql, run.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["build", "delete"])
def test_a_seller_removed_while_reports_are_built_has_none(first):
    """Whoever comes second waits for the first, and then sees what it did."""
    seller = SellerFactory(market=MarketFactory(), created_at=LONG_AGO)
    run = services.start_run(market=seller.market, now=W45_END)
    chunk_id = run.chunks.get().pk
    steps = {
        "build": lambda: services.build_chunk(chunk_id=chunk_id, now=W45_END),
        "delete": lambda: execute("DELETE FROM sellers_seller WHERE id = %s", seller.pk),
    }
    second = ({"build", "delete"} - {first}).pop()
    errors = []

    def go_second():
        try:
            steps[second]()
        except DatabaseError as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=go_second, daemon=True)
    with transaction.atomic():
        steps[first]()
        thread.start()
        wait_until_somebody_waits_for_a_lock()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert len(errors) == 1 or second == "build"
    assert WeeklyReport.objects.count() == Seller.objects.count() == (1 if first == "build" else 0)


def test_reports_cannot_be_emptied(published):
    connection.check_constraints()  # Postgres truncates no table whose foreign keys are still to be checked
    refused("weekly_report_no_truncate", "TRUNCATE reports_weeklyreport")

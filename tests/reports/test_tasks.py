from datetime import timedelta

import pytest
from django.utils import timezone

from healthportal.celery import app
from reports import services, tasks
from reports.models import ReportChunk, ReportRun, WeeklyReport
from tests.factories import LONG_AGO, MarketFactory, SellerFactory
from tests.reports.helpers import start_due_runs
from tests.reports.test_services import broken_sellers as broken_sellers
from tests.reports.test_services import mend


@pytest.fixture
def eager():
    """Tasks that are handed out run at once, in this process."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


@pytest.fixture
def market(db):
    return MarketFactory(books_closed_until=timezone.now() - timedelta(days=22))


def test_build_due_reports_builds_every_week_that_ended(market, eager, settings):
    settings.REPORT_CHUNK_SELLERS = 2
    SellerFactory.create_batch(3, market=market, created_at=LONG_AGO)
    tasks.build_due_reports()
    runs = ReportRun.objects.order_by("week_start")
    assert 3 <= len(runs) == runs.published().count() <= 4
    assert WeeklyReport.objects.published().count() == 3 * len(runs)
    market.refresh_from_db()
    assert market.books_closed_until == runs.last().ends_at <= timezone.now()


def test_build_due_reports_publishes_a_market_without_sellers(market, eager):
    tasks.build_due_reports()
    assert ReportRun.objects.published().count() >= 3


def test_build_due_reports_with_nothing_due_does_nothing(eager, db):
    MarketFactory(books_closed_until=timezone.now())
    tasks.build_due_reports()
    assert not ReportRun.objects.exists()


def test_build_due_reports_takes_up_what_a_dead_worker_left(market, eager, django_capture_on_commit_callbacks):
    SellerFactory(market=market, created_at=LONG_AGO)
    start_due_runs(now=timezone.now())
    services.claim_chunk(now=timezone.now())
    tasks.build_due_reports()
    assert not ReportRun.objects.published().exists()
    ReportChunk.objects.update(due_at=timezone.now())
    tasks.build_due_reports()
    assert ReportRun.objects.published().count() >= 3


def test_build_chunk_delivered_twice_builds_once(market):
    seller = SellerFactory(market=market, created_at=LONG_AGO)
    run = services.start_run(market=market, now=timezone.now())
    chunk_id = run.chunks.get().pk
    app.conf.task_always_eager = False
    assert services.build_chunk(chunk_id=chunk_id, now=timezone.now())
    assert not services.build_chunk(chunk_id=chunk_id, now=timezone.now())
    assert list(WeeklyReport.objects.values_list("seller_id", flat=True)) == [seller.pk]


def test_a_failing_chunk_does_not_keep_another_market_from_its_reports(market, eager, broken_sellers):
    broken = SellerFactory(market=market, created_at=LONG_AGO)
    other = SellerFactory(market=MarketFactory(books_closed_until=market.books_closed_until), created_at=LONG_AGO)
    broken_sellers(broken)
    app.conf.task_eager_propagates = False
    tasks.build_due_reports()
    assert set(WeeklyReport.objects.published().values_list("seller_id", flat=True)) == {other.pk}
    assert ReportChunk.objects.get(done_at=None).attempts == 1
    mend()
    ReportChunk.objects.filter(done_at=None).update(due_at=timezone.now())
    tasks.build_due_reports()
    assert set(WeeklyReport.objects.published().values_list("seller_id", flat=True)) == {other.pk, broken.pk}


def test_schedule_names_the_task(settings):
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.build_due_reports.name in names

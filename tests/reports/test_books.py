"""Everything recorded is in exactly one published report, whatever the timing."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from random import Random
from time import sleep

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox.models import Message
from reports import selectors, services
from reports.models import ReportRun, WeeklyReport
from sellers.models import Market, Seller
from sellers.services import recording_time
from tests.credits import credit_points
from tests.factories import LONG_AGO, MarketFactory, PolicyFactory, SellerFactory, issue
from tests.reports.helpers import start_due_runs
from tests.reports.test_services import run_threads
from violations.models import PointsEntry, Violation
from violations.services import NothingToCredit, void_violation

pytestmark = pytest.mark.django_db

# A step and a number that says how far, which one, or how late.
NAMES = ["wait", "wait", "issue", "issue", "issue", "credit", "void", "start", "build", "publish", "catch up"]
STEPS = st.tuples(st.sampled_from(NAMES), st.integers(0, 400))


class Play:
    """One market with two sellers and a clock; each step does what some process might do at that moment."""

    def __init__(self, zone):
        self.market = MarketFactory(
            time_zone=zone, points_valid_days=10, books_closed_until=datetime.fromisoformat("2026-10-20T12:00:00Z")
        )
        self.now = self.market.books_closed_until
        self.policy = PolicyFactory(points=5)
        self.sellers = SellerFactory.create_batch(2, market=self.market, created_at=LONG_AGO)

    def step(self, name, number):
        getattr(self, name.replace(" ", "_"))(number)

    def wait(self, hours):
        self.now += timedelta(hours=hours / 4)

    def issue(self, hours_ago):
        seller = Seller.objects.select_related("market").get(pk=self.sellers[hours_ago % 2].pk)
        # Reported late, by a clock that is a little slow.
        issue(
            seller,
            self.policy,
            issued_at=self.now - timedelta(hours=hours_ago),
            now=self.now - timedelta(minutes=hours_ago % 7),
        )

    def one(self, number):
        violations = list(Violation.objects.filter(market=self.market, voided_at=None).order_by("pk"))
        return violations[number % len(violations)] if violations else None

    def credit(self, number):
        if violation := self.one(number):
            try:
                credit_points(violation=violation, points=1, reason="Quiz passed", now=self.now)
            except NothingToCredit:
                return

    def void(self, number):
        if violation := self.one(number):
            void_violation(violation=violation, reason="A mistake.", voided_by=None, now=self.now)

    def start(self, number):
        start_due_runs(now=self.now)

    def build(self, number):
        if chunk := services.claim_chunk(now=self.now):
            services.work_on_chunk(chunk=chunk, clock=lambda: self.now)
            services.work_on_chunk(chunk=chunk, clock=lambda: self.now)

    def publish(self, number):
        services.publish_complete_runs(now=self.now)

    def catch_up(self, number):
        services.build_due_weeks(market=self.market, now=self.now)


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe"])
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=4, max_size=24))
def test_everything_recorded_is_in_exactly_one_report(zone, steps):
    with transaction.atomic():
        play = Play(zone)
        for name, number in steps:
            play.step(name, number)
        books = Market.objects.get(pk=play.market.pk).books_closed_until
        services.build_due_weeks(market=play.market, now=max(play.now, books) + timedelta(days=15))
        check_books(play.market)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(4))
def test_everything_recorded_at_the_same_time_as_the_runs_is_in_exactly_one_report(seed, settings):
    """Recorders keep transactions open while weeks end, with clocks that are behind and issues of long ago."""
    settings.REPORT_CHUNK_SELLERS = 2
    play = Play("America/New_York")
    play.sellers += SellerFactory.create_batch(3, market=play.market, created_at=LONG_AGO)
    clock = Clock(play.now)
    finished = []

    def record(number):
        random = Random(seed * 100 + number)
        for count in range(8):
            seller = random.choice(play.sellers)
            with transaction.atomic():
                now = clock.read()
                recording_time(market_id=play.market.pk, now=now)
                for part in range(random.randint(1, 3)):
                    fields = {"external_id": f"v-{number}-{count}-{part}", "content": None}
                    issued_at = now - timedelta(hours=random.randint(0, 400))
                    behind = now - timedelta(minutes=random.randint(0, 9))
                    issue(seller, play.policy, issued_at=min(issued_at, behind), now=behind, **fields)
                    sleep(random.uniform(0, 0.03))
        finished.append(number)

    def build(number):
        random = Random(seed * 100 + 50 + number)
        while len(finished) < 4:
            now = clock.tick(timedelta(hours=random.randint(0, 60)))
            start_due_runs(now=now)
            for _ in range(2):
                while chunk := services.claim_chunk(now=now):
                    services.work_on_chunk(chunk=chunk, clock=lambda: now)  # noqa: B023  # called at once
                services.publish_complete_runs(now=now)
            sleep(random.uniform(0, 0.02))

    functions = [partial(record, number) for number in range(4)] + [partial(build, number) for number in range(2)]
    assert run_threads(functions) == []
    books = Market.objects.get(pk=play.market.pk).books_closed_until
    services.build_due_weeks(market=play.market, now=max(clock.read(), books) + timedelta(days=15))
    assert Violation.objects.count() >= 32
    assert ReportRun.objects.count() > 3
    check_books(play.market)


class Clock:
    """Moves when it is told to, for all threads."""

    def __init__(self, now):
        self.now, self.lock = now, threading.Lock()

    def read(self):
        with self.lock:
            return self.now

    def tick(self, step):
        with self.lock:
            self.now += step
            return self.now


def check_books(market):
    runs = list(market.report_runs.order_by("starts_at"))
    assert all(earlier.ends_at == later.starts_at for earlier, later in pairwise(runs))
    reports = list(WeeklyReport.objects.published().filter(run__market=market).order_by("week_start"))
    assert Counter((report.week_start, report.seller_id) for report in reports) == Counter(
        {(run.week_start, seller.pk): 1 for run in runs for seller in market.sellers.all()}
    )
    assert listed(reports, "entries") == Counter(
        PointsEntry.objects.filter(seller__market=market).values_list("pk", flat=True)
    )
    assert listed(reports, "violations") == Counter(
        Violation.objects.filter(market=market).values_list("pk", flat=True)
    )
    told = Message.objects.filter(seller__market=market).exclude(kind=Message.Kind.REPORT)
    assert listed(reports, "messages") == Counter(told.values_list("pk", flat=True))
    announced = Message.objects.filter(seller__market=market, kind=Message.Kind.REPORT)
    assert announced.count() == len(reports)
    for seller in market.sellers.all():
        check_totals([report for report in reports if report.seller_id == seller.pk])


def listed(reports, name):
    return Counter(row["id"] for report in reports for row in report.detail.get(name, []))


def check_totals(reports):
    """Each week starts with the total that the week before ended with, and its sums are those of its entries."""
    assert [report.points_at_start for report in reports] == [0] + [report.points_at_end for report in reports[:-1]]
    for report in reports:
        week = selectors.get_report(seller=report.seller, week=report.week, now=report.run.ends_at)
        recorded = [entry["points"] for entry in week.entries]
        expired = sum(entry.points for entry in week.expired)
        assert sum(entry.points for entry in week.counting) == report.points_at_end
        assert sum(points for points in recorded if points > 0) == report.points_in
        assert sum(points for points in recorded if points < 0) == report.points_out
        assert report.points_at_start + report.points_in + report.points_out - expired == report.points_at_end
        ends_at = report.run.ends_at
        known = PointsEntry.objects.filter(seller=report.seller).known(before=ends_at)
        assert known.counting(as_of=ends_at).total() == report.points_at_end

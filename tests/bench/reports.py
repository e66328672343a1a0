"""How fast the weekly reports of a market are built, against ``COPY`` of the same rows and against two ways in Python.

Every worker is a process of its own that calls the service; starting it is not measured. Between rounds the reports go
and the chunks are open again. The real tables have all their keys, indexes and triggers while anything is measured.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import IO

from django.db import connection, transaction
from django.db.models import Count, Q, Sum

from inbox.models import Message
from kit.dates import Week
from reports import services
from reports.models import ReportRun, WeeklyReport
from sellers.models import Market, Seller
from violations.models import PointsEntry, Violation

from .frame import ROOT, Row, alternating, seconds
from .history import ZONE, fill, make_market

SIZES = [int(size) for size in os.environ.get("BENCH_REPORT_SELLERS", "10000,100000,1000000").split(",")]
ROUNDS = int(os.environ.get("BENCH_REPORT_ROUNDS", 5))
WEEKS = 26
SHORT, LONG = 13, 52
MEMORY = 200
"""Megabytes that a worker may take."""
LOOPED, BULK = 300, 20_000
"""Sellers of the samples: one by one through the ORM, and by aggregates of 2,000 sellers with ``bulk_create``."""

WEEK = Week(date(2026, 11, 9))
"""The week that is built."""


def measure() -> Iterator[Row]:
    market = make_market(opened=Week(WEEK.monday - timedelta(weeks=LONG)).starts_at(zone=ZONE))
    for size in SIZES:
        name = f"{size // 1000:,}k".replace(",000k", "m")
        fill(market, sellers=size, weeks=WEEKS, last=WEEK)
        yield from measure_size(market, name, largest=size == SIZES[-1])
    yield measure_history(market, name, sellers=size)


# --- What is measured


def measure_size(market: Market, name: str, *, largest: bool) -> Iterator[Row]:
    """One worker against the floor; for the largest market also two workers, the ways in Python, and the memory."""
    run = start(market)
    with ExitStack() as stack:
        one, two = stack.enter_context(workers(1)), stack.enter_context(workers(2))
        floor = stack.enter_context(Floor.of(run, one))
        measures = [lambda _: one.build(run), lambda _: floor.copy()]
        if largest:
            measures.append(lambda _: two.build(run))
        taken = alternating(*measures, rounds=ROUNDS)
        memory = max(one.memory(), two.memory()) if largest else 0.0
    print(
        f"reports.{name}: {floor.rows / taken[0]:,.0f} reports a second, COPY {floor.rows / taken[1]:,.0f}", flush=True
    )
    yield Row.of(f"reports.build_{name}", value=taken[0], floor=taken[1], goal=2.5)
    if largest:
        yield Row.of(f"reports.two_workers_{name}", value=taken[2], floor=taken[0], goal=round(1 / 1.5, 3))
        yield from measure_python(run, name, each=taken[0] / floor.rows)
        yield Row.of(f"reports.memory_{name}", unit="MB", value=memory, floor=MEMORY, goal=1)


def measure_python(run: ReportRun, name: str, *, each: float) -> Iterator[Row]:
    """Seconds for a thousand reports, against samples of the two ways in Python."""
    empty()
    sellers = list(run.market.sellers.order_by("id")[:BULK])
    bulk = seconds(lambda: build_in_bulk(run, sellers)) / len(sellers)
    empty()
    looped = seconds(lambda: build_one_by_one(run, sellers[:LOOPED])) / LOOPED
    empty()
    yield Row.of(f"reports.bulk_create_{name}", unit="s per 1000", value=1000 * each, floor=1000 * bulk, goal=1)
    yield Row.of(f"reports.orm_loop_{name}", unit="s per 1000", value=1000 * each, floor=1000 * looped, goal=0.01)


def measure_history(market: Market, name: str, *, sellers: int) -> Row:
    """The same week after a long history against the same after a short one."""
    taken = []
    for weeks in (SHORT, LONG):
        fill(market, sellers=sellers, weeks=weeks, last=WEEK)
        run = start(market)
        with workers(1) as one:
            taken += alternating(lambda _: one.build(run), rounds=ROUNDS)  # noqa: B023  # called at once
    return Row.of(f"reports.history_{name}", value=taken[1], floor=taken[0], goal=1.3)


# --- Workers


class Workers:
    """Processes that wait to be told to build."""

    def __init__(self, processes: list[subprocess.Popen[str]]) -> None:
        self.processes = processes
        for process in processes:
            answer(process)

    def build(self, run: ReportRun) -> float:
        """Seconds until all chunks of a run are built, each by whoever comes first."""
        empty()
        taken = seconds(self._build)
        assert not run.chunks.to_build().exists()
        return taken

    def _build(self) -> None:
        for process in self.processes:
            assert process.stdin
            process.stdin.write("build\n")
            process.stdin.flush()
        for process in self.processes:
            answer(process)

    def memory(self) -> float:
        """Megabytes that the largest took at most."""
        status = [Path(f"/proc/{process.pid}/status").read_text() for process in self.processes]
        return max(int(text.split("VmHWM:")[1].split()[0]) for text in status) / 1024


def answer(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    if not process.stdout.readline():
        raise RuntimeError("A worker of the bench died.")


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    command = [sys.executable, "-m", "tests.bench.report_worker"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, cwd=ROOT, **pipes) for _ in range(count)]
    try:
        yield Workers(processes)
    finally:
        for process in processes:
            process.kill()
            process.communicate()


# --- The floor


class Floor:
    """The finished rows of a run, loaded by ``COPY`` into a copy of the table with its keys and checks."""

    def __init__(self, rows: int, file: IO[bytes]) -> None:
        self.rows, self.file = rows, file

    @classmethod
    @contextmanager
    def of(cls, run: ReportRun, builder: Workers) -> Iterator[Floor]:
        builder.build(run)
        with tempfile.TemporaryFile(dir=ROOT / "build") as file, connection.cursor() as cursor:
            cursor.copy_expert("COPY (SELECT * FROM reports_weeklyreport ORDER BY seller_id) TO STDOUT", file)
            cursor.execute("CREATE TABLE reports_floor (LIKE reports_weeklyreport INCLUDING ALL)")
            print(f"{file.tell() / WeeklyReport.objects.count():,.0f} bytes a row as text", flush=True)
            try:
                yield cls(WeeklyReport.objects.count(), file)
            finally:
                cursor.execute("DROP TABLE reports_floor")

    def copy(self) -> float:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE reports_floor")
            cursor.execute("CHECKPOINT")
            self.file.seek(0)
            return seconds(lambda: cursor.copy_expert("COPY reports_floor FROM STDIN", self.file))


# --- Two ways in Python


def build_in_bulk(run: ReportRun, sellers: list[Seller]) -> None:
    """Aggregates of 2,000 sellers at a time, lists from a query for each table, and ``bulk_create``."""
    for start_at in range(0, len(sellers), 2_000):
        part = sellers[start_at : start_at + 2_000]
        known = PointsEntry.objects.filter(seller__in=part, recorded_at__lt=run.ends_at, expires_at__gt=run.starts_at)
        totals = {
            row["seller"]: row
            for row in known.order_by()
            .values("seller")
            .annotate(
                at_start=Sum("points", filter=Q(recorded_at__lt=run.starts_at), default=0),
                at_end=Sum("points", filter=Q(expires_at__gt=run.ends_at), default=0),
                assessed=Sum("points", filter=Q(recorded_at__gte=run.starts_at), default=0),
            )
        }
        violations = Violation.objects.filter(seller__in=part).recorded_between(run.starts_at, run.ends_at)
        counts = dict(violations.order_by().values_list("seller").annotate(Count("pk")))
        told = Message.objects.filter(seller__in=part).recorded_between(run.starts_at, run.ends_at)
        messages = dict(told.order_by().values_list("seller").annotate(Count("pk")))
        lists: dict[int, list[int]] = {}
        for seller_id, pk in known.filter(expires_at__gt=run.ends_at).order_by().values_list("seller", "pk"):
            lists.setdefault(seller_id, []).append(pk)
        WeeklyReport.objects.bulk_create(
            report_of(
                run,
                seller,
                at_start=(total := totals.get(seller.pk, NOTHING))["at_start"],
                at_end=total["at_end"],
                assessed=total["assessed"],
                violations=counts.get(seller.pk, 0),
                messages=messages.get(seller.pk, 0),
                counting=lists.get(seller.pk, []),
            )
            for seller in part
        )


NOTHING = {"at_start": 0, "at_end": 0, "assessed": 0}


def build_one_by_one(run: ReportRun, sellers: list[Seller]) -> None:
    """As one would write it first: what the report says of each seller asked in turn, and each report saved."""
    for seller in sellers:
        entries = PointsEntry.objects.filter(seller=seller)
        known = entries.known(before=run.ends_at).counting(as_of=run.ends_at)
        violations = Violation.objects.filter(seller=seller)
        before = run.starts_at - timedelta(days=7)
        policies = violations.recorded_between(before, run.ends_at).select_related("policy_version__policy", "content")
        told = Message.objects.filter(seller=seller).recorded_between(run.starts_at, run.ends_at)
        actions = seller.enforcement_actions.filter(noticed_at__lt=run.ends_at)
        report = report_of(
            run,
            seller,
            at_start=entries.known(before=run.starts_at).counting(as_of=run.starts_at).total(),
            at_end=known.total(),
            assessed=entries.recorded_between(run.starts_at, run.ends_at).filter(points__gt=0).total(),
            violations=violations.recorded_between(run.starts_at, run.ends_at).count(),
            messages=told.count(),
            counting=[entry.pk for entry in known],
        )
        report.detail["policies"] = [violation.policy.code for violation in policies]
        report.detail["actions"] = [action.pk for action in actions]
        report.save(force_insert=True)


def report_of(
    run: ReportRun,
    seller: Seller,
    *,
    at_start: int,
    at_end: int,
    assessed: int,
    violations: int,
    messages: int,
    counting: list[int],
) -> WeeklyReport:
    upcoming = [milestone["points"] for milestone in run.rules["milestones"] if milestone["points"] > at_end]
    return WeeklyReport(
        week_start=run.week_start,
        seller=seller,
        run=run,
        seller_name=seller.name,
        seller_city=seller.city,
        seller_signed_up=seller.signed_up_to_sell,
        points_at_start=at_start,
        points_at_end=at_end,
        points_in=assessed,
        points_out=0,
        violation_count=violations,
        previous_violation_count=0,
        message_count=messages,
        next_milestone_points=min(upcoming, default=None),
        is_approaching=False,
        detail={"counting": counting} if counting else {},
    )


# --- Between rounds


def start(market: Market) -> ReportRun:
    market = Market.objects.get(pk=market.pk)
    return services.start_run(market=market, now=WEEK.ends_at(zone=market.zone))


def empty() -> None:
    """No reports and all chunks open."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("TRUNCATE reports_weeklyreport")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reports_reportchunk SET done_at = NULL, announced_at = NULL, rows = 0, attempts = 0, due_at = now()"
        )
        cursor.execute("CHECKPOINT")

"""How fast violations come in: the batch service, the API, a ledger that has grown, and the memory of an import."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from django.apps import apps
from django.db import connection, models, transaction

from kit.outcomes import Result
from sellers.models import Market
from sellers.services import create_api_token
from violations.imports.columns import COLUMNS, draft_of
from violations.services import ViolationDraft, issue_violations

from .frame import ROOT, Row, alternating, seconds
from .marketplace import NOW, fill_ledger, make_items, make_market
from .web import ask, portal

SIZE = 5_000
LINES = int(os.environ.get("BENCH_IMPORT_LINES", 1_000_000))
MEMORY = 200
"""Megabytes that an import may take."""

WRITTEN = [
    "sellers.Content",
    "violations.Violation",
    "violations.PointsEntry",
    "inbox.Message",
    "inbox.EmailDelivery",
    "violations.EnforcementAction",
]
"""What issuing writes, referred to before referring."""


def measure() -> Iterator[Row]:
    market = make_market()
    yield from measure_batches(market)
    yield from measure_import(market)
    yield measure_growth(market)


# --- The service and the API, and the floor of both


def measure_batches(market: Market) -> Iterator[Row]:
    """Each batch by the service, by ``COPY`` of what that wrote, by ``bulk_create`` of the same, and by the API."""
    tables = Tables()
    _, secret = create_api_token(market=market, name="bench", created_by=None, now=NOW)
    with portal() as port:
        send = Send(port)
        for _ in range(20):  # each of its processes has answered once
            send(secret, json.dumps([{}]).encode())

        def by_service(number: int) -> float:
            tables.empty()
            drafts = drafts_of(number)
            taken = seconds(lambda: issue(market, drafts))
            tables.remember()
            return taken

        def by_copy(number: int) -> float:
            tables.empty()
            return seconds(tables.copy)

        def by_bulk_create(number: int) -> float:
            tables.empty()
            records = tables.records()
            return seconds(lambda: bulk_create(records))

        def by_api(number: int) -> float:
            tables.empty()
            body = json.dumps(make_items(f"batch-{number}", SIZE)).encode()
            return seconds(lambda: send(secret, body, created=SIZE))

        service, copy, bulk, api = alternating(by_service, by_copy, by_bulk_create, by_api)
    tables.empty()
    yield Row.of("intake.service", value=service, floor=copy, goal=3)
    yield Row.of("intake.service_vs_bulk_create", value=service, floor=bulk, goal=1)
    yield Row.of("intake.api", value=api, floor=service, goal=2)


def drafts_of(number: int) -> list[ViolationDraft]:
    return [draft_of(item) for item in make_items(f"batch-{number}", SIZE)]


def issue(market: Market, drafts: list[ViolationDraft]) -> None:
    outcomes = issue_violations(market=market, drafts=drafts, source="bench", now=NOW)
    if any(outcome.result is not Result.CREATED for outcome in outcomes):
        raise RuntimeError("Not all of a batch was issued.")


class Tables:
    """The tables that issuing writes: what a batch added to them, taken out and put in again."""

    def __init__(self) -> None:
        self.models: list[type[models.Model]] = [apps.get_model(name) for name in WRITTEN]
        self.names = [model._meta.db_table for model in self.models]
        self.rows = dict.fromkeys(self.names, "")

    def remember(self) -> None:
        """Note all rows that are there, as ``COPY`` writes them."""
        with connection.cursor() as cursor:
            for name in self.names:
                text = io.StringIO()
                cursor.copy_expert(f"COPY (SELECT * FROM {name} ORDER BY id) TO STDOUT", text)
                self.rows[name] = text.getvalue()

    def empty(self) -> None:
        """As before the first batch: without rows, and without what is left of removed ones."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"TRUNCATE {', '.join(self.names)} CASCADE")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE sellers_seller, sellers_market")

    def copy(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for name in self.names:
                cursor.copy_expert(f"COPY {name} FROM STDIN", io.StringIO(self.rows[name]))

    def records(self) -> list[list[models.Model]]:
        """The noted rows as instances of their models."""
        self.copy()
        found = [list(model._default_manager.order_by("id")) for model in self.models]
        self.empty()
        return found


def bulk_create(records: list[list[models.Model]]) -> None:
    with transaction.atomic():
        for some in records:
            type(some[0])._default_manager.bulk_create(some, ignore_conflicts=True)


@dataclass(frozen=True)
class Send:
    """Calls the portal over HTTP, a connection for each call."""

    port: int

    def __call__(self, secret: str, body: bytes, *, created: int = 0) -> None:
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=300)) as http:
            status, answer = ask(http, "/api/v1/violations", method="POST", body=body, headers=headers)
        if status != 200 or json.loads(answer)["counts"]["created"] != created:
            raise RuntimeError(f"The API answered {status}: {answer[:300]!r}")


# --- The import


def measure_import(market: Market) -> Iterator[Row]:
    """The most memory that an import of `LINES` lines takes, and its time for as many lines as a batch has."""
    tables = Tables()
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        file = Path(folder) / "violations.csv"
        write_csv(file)
        words = ["manage.py", "import_violations", str(file), "--market", market.code]
        start, most = time.perf_counter(), 0.0
        process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.DEVNULL)
        while process.poll() is None:
            most = max(most, peak(process.pid))
            time.sleep(0.1)
        taken = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError("The import failed.")
    tables.empty()
    (service,) = alternating(lambda number: issue_anew(market, tables, number))
    yield Row.of("intake.import_memory", unit="MB", value=most, floor=MEMORY, goal=1)
    yield Row.of("intake.import_speed", value=taken / LINES * SIZE, floor=service, goal=2)


def peak(pid: int) -> float:
    """The most memory (MB, resident) that a process had so far; its own, and not what it was forked from."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def issue_anew(market: Market, tables: Tables, number: int) -> float:
    tables.empty()
    drafts = drafts_of(number)
    return seconds(lambda: issue(market, drafts))


def write_csv(file: Path) -> None:
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS.names)
        writer.writeheader()
        for start in range(0, LINES, SIZE):
            writer.writerows(make_items(f"line-{start}", min(SIZE, LINES - start)))


# --- A ledger that has grown


def measure_growth(market: Market) -> Row:
    """The time per violation in a ledger with a long history, beside that in one without; each in its own database."""
    Tables().empty()
    empty, full = connection.settings_dict["NAME"], "grown"
    connect("postgres")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {full} TEMPLATE {empty}")
    connect(full)
    fill_ledger(market)

    def issue_in(database: str, number: int) -> float:
        connect(database)
        drafts = drafts_of(number)
        return seconds(lambda: issue(market, drafts)) / SIZE * 1000

    grown, new = alternating(lambda number: issue_in(full, number), lambda number: issue_in(empty, number))
    return Row.of("intake.ledger_growth", unit="ms", value=grown, floor=new, goal=1.2)


def connect(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database
    connection.ensure_connection()

"""What the benches share: their servers, rounds that alternate, the table, and the file of results."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from django.db import connection

from healthportal.embedded.services import running

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "build" / "bench.json"
ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """A line of the table. ``ratio`` is value divided by floor, and ``goal`` the most that it may be."""

    name: str
    unit: str
    value: float
    floor: float
    ratio: float
    goal: float
    met: bool

    @classmethod
    def of(cls, name: str, *, unit: str = "s", value: float, floor: float, goal: float) -> Row:
        ratio = value / floor
        return cls(name, unit, round(value, 4), round(floor, 4), round(ratio, 3), goal, ratio <= goal)


@contextmanager
def servers() -> Iterator[None]:
    """A Postgres with default durability and a Valkey of the run's own, told to settings.py by the environment."""
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=build) as home, running(Path(home)) as services:
        os.environ.update(services.environment)
        os.environ.setdefault("SECRET_KEY", "only for benches")
        os.environ.update({"ENVIRONMENT": "local", "DEBUG": "0", "DJANGO_SETTINGS_MODULE": "healthportal.settings"})
        yield


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternating(*measures: Callable[[int], float], rounds: int = ROUNDS) -> list[float]:
    """The median of each measure over rounds in which they take turns; a first round warms up and is not counted.

    Each measure is called with the number of the round, does its own setting up, and returns what it measured.
    """
    taken = [[measure(number) for measure in measures] for number in range(rounds + 1)]
    return [median(column) for column in zip(*taken[1:], strict=True)]


@contextmanager
def commits_take(milliseconds: int) -> Iterator[None]:
    """Let the server wait so long before it stores a commit, with all that arrive meanwhile: as a slow disk would."""
    _alter_system(f"SET commit_delay = {1000 * milliseconds}", "SET commit_siblings = 0")
    try:
        yield
    finally:
        _alter_system("RESET commit_delay", "RESET commit_siblings")


def _alter_system(*changes: str) -> None:
    with connection.cursor() as cursor:
        for change in changes:
            cursor.execute(f"ALTER SYSTEM {change}")
        cursor.execute("SELECT pg_reload_conf()")


def machine() -> str:
    """What the figures were measured on."""
    cpu = next((line for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = next((line for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "0 0")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        postgres, fsync = cursor.fetchone()
    return (
        f"{cpu.partition(':')[2].strip() or platform.machine()}, {os.cpu_count()} cores, "
        f"{int(memory.split()[1]) / 2**20:.0f} GB; Python {platform.python_version()}, "
        f"Postgres {postgres} (fsync {fsync}, shared_buffers at its default)"
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def table(rows: Sequence[Row]) -> str:
    """The rows as text, one a line."""
    cells = [("name", "unit", "value", "floor", "ratio", "goal", "")]
    for row in rows:
        numbers = [f"{number:,.3f}" for number in (row.value, row.floor, row.ratio, row.goal)]
        cells.append((row.name, row.unit, *numbers, "met" if row.met else "MISSED"))
    widths = [max(len(line[column]) for line in cells) for column in range(7)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n < 2 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    )


def keep(rows: Sequence[Row]) -> None:
    """Write rows to the file of results. Those of other benches that are in it stay."""
    found = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    known = {row["name"]: row for row in found} | {row.name: asdict(row) for row in rows}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(list(known.values()), indent=2) + "\n")

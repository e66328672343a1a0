"""Run the benches: ``python -m tests.bench [--only intake]``. Exits 1 if a goal was missed."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys

import django
from django.core.management import call_command

from .frame import Row, keep, machine, servers, table

AREAS = ("admin", "emails", "intake", "pages", "quiz_statistics", "quizzes", "rehearsal", "reports", "workshops")
"""The modules of this folder that measure something, each with a function ``measure`` that yields rows."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", choices=AREAS, help="measure this area alone")
    only = parser.parse_args().only
    return measure(only) if only else max([apart(area) for area in AREAS])


def apart(area: str) -> int:
    """Measure an area in a process of its own, with servers of its own: nothing is left of the one before."""
    return subprocess.run([sys.executable, "-m", "tests.bench", "--only", area], check=False).returncode


def measure(area: str) -> int:
    rows: list[Row] = []
    with servers():
        django.setup()
        call_command("migrate", verbosity=0)
        print(machine(), flush=True)
        for row in importlib.import_module(f"tests.bench.{area}").measure():
            rows.append(row)
            keep([row])
            print(f"{row.name}: {row.value:,.3f} {row.unit}, {row.ratio:.2f} x the floor", file=sys.stderr)
    print(table(rows))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

"""A pytest plugin that runs the tests once as they are and then tries every mutant in a process of its own.

The processes are forked after the first run, with everything imported and the test database there, and the changed
function gets its new code in place: nothing is written, and a mutant costs only the tests that run its lines.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType

import coverage
import psycopg2
import pytest
from _pytest.runner import runtestprotocol
from django.db import connection, connections

from .mutants import Mutant, mutants

MAX_SECONDS = 60.0
"""A mutant gets the quickest tests that run its lines, up to so much time in all as the first run took for them."""
TIMES, MORE_SECONDS = 10, 10
"""A test is ended after this many times what it took at first, and so much more: a mutant that hangs is noticed."""

Tests = list[pytest.Item]


@dataclass
class Outcome:
    """What became of the mutants of a module."""

    path: str
    tried: int = 0
    survivors: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return len(self.survivors) / self.tried if self.tried else 0.0


class Trial:
    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths
        self.outcomes: list[Outcome] = []
        self.failed: list[str] = []
        self._seconds: dict[str, float] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        runs = self._first_run(session.items)
        if self.failed:
            return True
        tell(f"{len(session.items)} tests pass as it is, in {sum(self._seconds.values()):.0f} s. What survives:")
        copy = OwnDatabase()
        for path in self.paths:
            self.outcomes.append(self._try_all(path, runs[str(path)], session.items, copy))
        return True

    def _first_run(self, items: Tests) -> dict[str, dict[int, set[str]]]:
        """Run every test as it is. Which lines of a module are run by which tests."""
        measured = coverage.Coverage(data_file=None, include=[str(path) for path in self.paths], config_file=False)
        measured.start()
        for item in items:
            measured.switch_context(item.nodeid)
            begun = time.monotonic()
            if why := failure(item):
                self.failed.append(f"{item.nodeid}\n{why}")
            self._seconds[item.nodeid] = time.monotonic() - begun
        measured.stop()
        runs: dict[str, dict[int, set[str]]] = defaultdict(dict)
        data = measured.get_data()
        for path in data.measured_files():
            runs[path] = {line: set(names) for line, names in data.contexts_by_lineno(path).items()}
        return runs

    def _try_all(self, path: Path, runs: dict[int, set[str]], items: Tests, copy: OwnDatabase) -> Outcome:
        outcome = Outcome(os.path.relpath(path))
        places = functions_of(path)
        for mutant in mutants(path.read_text()):
            chosen = self._tests(items, set().union(*(runs.get(line, set()) for line in mutant.lines)))
            outcome.tried += 1
            if not self._noticed(path, mutant, chosen, places, copy):
                none = "" if chosen else "  (no test runs it)"
                outcome.survivors.append(f"{outcome.path}:{mutant.line}: {mutant.change}{none}")
                tell(outcome.survivors[-1])
        return outcome

    def _tests(self, items: Tests, names: set[str]) -> Tests:
        left, chosen = MAX_SECONDS, []
        for item in sorted((item for item in items if item.nodeid in names), key=lambda it: self._seconds[it.nodeid]):
            left -= self._seconds[item.nodeid]
            if left < 0 and chosen:
                break
            chosen.append(item)
        return chosen

    def _noticed(
        self, path: Path, mutant: Mutant, tests: Tests, places: dict[str, list[FunctionType]], copy: OwnDatabase
    ) -> bool:
        """Whether a test fails, or does not end, with this mutant."""
        if not tests:
            return False
        new = code_of(compile(mutant.tree, str(path), "exec"), mutant.function)
        connections.close_all()
        child = os.fork()
        if not child:
            os.setpgid(0, 0)
            os._exit(self._tried(tests, places[mutant.function], new))
        status = ended(child)
        if status < 0:
            copy.renew()  # it was ended midway: what it had written is still there
        return status != 0

    def _tried(self, tests: Tests, functions: list[FunctionType], new: CodeType) -> int:
        """In the mutant's own process: 0 if all tests pass."""
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nothing, stream)
        try:
            for function in functions:
                function.__code__ = new
            return 1 if any(self._failure_in_time(item) for item in tests) else 0
        except BaseException:
            return 1

    def _failure_in_time(self, item: pytest.Item) -> str:
        """Its process is ended by the alarm when it takes too long."""
        signal.setitimer(signal.ITIMER_REAL, MORE_SECONDS + TIMES * self._seconds[item.nodeid])
        return failure(item)


def tell(what: str) -> None:
    """For whoever waits."""
    sys.stderr.write(f"{what}\n")
    sys.stderr.flush()


def failure(item: pytest.Item) -> str:
    """Why a test fails, or "". What the whole run shares stays for the next one."""
    reports = runtestprotocol(item, log=False, nextitem=item.session)  # of which only the chain is asked
    failed = [report for report in reports if report.failed]
    return failed[0].longreprtext if failed else ""


def ended(child: int) -> int:
    """How a process ended, below zero if by a signal. What it had started goes with it."""
    _, status = os.waitpid(child, 0)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(status)


def functions_of(path: Path) -> dict[str, list[FunctionType]]:
    """The functions of a module that are in memory, by qualified name, whatever decorators stand before them."""
    found: dict[str, list[FunctionType]] = defaultdict(list)
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename == str(path):  # no lazy object is woken
            found[thing.__code__.co_qualname].append(thing)
    return found


def code_of(module: CodeType, name: str) -> CodeType:
    return next(code for code in codes(module) if code.co_qualname == name)


def codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from codes(constant)


class OwnDatabase:
    """The test database, if there is one, as the first run left it."""

    def __init__(self) -> None:
        self._name = str(connection.settings_dict["NAME"])
        self._kept = f"{self._name}_kept"
        self._copy(self._name, self._kept)

    def renew(self) -> None:
        self._copy(self._kept, self._name)

    def _copy(self, template: str, name: str) -> None:
        connections.close_all()
        beside = psycopg2.connect(**{**connection.get_connection_params(), "dbname": "postgres"})
        beside.autocommit = True
        with closing(beside), beside.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN %s", [(template, name)]
            )
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

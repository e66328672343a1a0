"""A stage of its own for each test: servers with default durability, workers and beats that can be killed.

What runs on it shares nothing with the test but the two URLs.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg2

from healthportal.embedded import postgres, valkey
from healthportal.embedded.processes import Process, guarded
from healthportal.embedded.services import socket_folder
from tests.apps import APPS
from tests.services import copy_migrated

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (*APPS, "templates")
WORKERS = ["worker-a", "worker-b"]

# Waits as short as a test needs them; what is waited for is the same.
QUICK = {
    "LOG_LEVEL": "WARNING",
    "ENVIRONMENT": "local",
    "SECRET_KEY": "only for tests",
    "REPORT_CHECK_SECONDS": "1",
    "EMAIL_CHECK_SECONDS": "1",
    "EMAILS_PER_MINUTE": "1000000",
    "DATABASE_IDLE_SECONDS": "10",
}


@dataclass
class Stage:
    """Servers in ``home`` and the processes that use them, each by its name."""

    home: Path
    run: Path
    environment: dict[str, str]
    stacks: dict[str, ExitStack] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    def url(self, database: str = postgres.DATABASE) -> str:
        return f"postgresql://postgres@/{database}?host={self.run}"

    def start(self, name: str) -> None:
        """Start a server, a beat or a worker under its name, or start it again."""
        if name in {"postgres", "valkey"}:
            self._start_server(name)
        elif name.startswith("beat"):
            self._start_celery(name, "beat", f"--schedule={self.home / name}-schedule", "--pidfile=")
        else:
            quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
            self._start_celery(name, "worker", "--concurrency=2", f"--hostname={name}@%h", *quiet)

    def _start_server(self, name: str) -> None:
        if name in self.stacks:
            self.stacks.pop(name).close()
        stack = self.stacks[name] = ExitStack()
        log = self.home / f"{name}.log"
        if name == "postgres":
            server = postgres.running(self.home / "postgres", self.run, log)
        else:
            server = valkey.running(self.run, log)
        self.processes[name] = stack.enter_context(server)

    def _start_celery(self, name: str, *words: str) -> None:
        """From a working copy of its own, with nothing in its environment but what a host of its own would have."""
        copy = self.home / name
        if not copy.exists():
            copy.mkdir()
            for package in PACKAGES:
                shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
        command = [sys.executable, "-m", "celery", "-A", "healthportal", *words]
        log = self.home / f"{name}-{time.monotonic_ns()}.log"
        self.processes[name] = Process.start(name, command, cwd=copy, env=self._environment(copy), log=log)

    def _environment(self, copy: Path) -> dict[str, str]:
        own = {"PATH": os.environ["PATH"], "HOME": str(copy), "TMPDIR": str(copy)}
        urls = {"DATABASE_URL": self.url(), "REDIS_URL": f"unix://{self.run / valkey.SOCKET}"}
        return QUICK | self.environment | own | urls

    def signal(self, name: str, number: signal.Signals) -> None:
        """To a process and all that it started, as when a machine loses power, or stands still."""
        process = self.processes[name]
        with suppress(ProcessLookupError):
            os.killpg(process.popen.pid, number)
        if number is signal.SIGKILL:
            process.popen.wait()

    def kill_child(self, name: str, pick: Callable[[list[int]], int]) -> None:
        """Kill one of a worker's own processes, as the kernel does when memory runs out."""
        children = Path(f"/proc/{self.processes[name].popen.pid}/task/{self.processes[name].popen.pid}/children")
        with suppress(OSError, ProcessLookupError, IndexError):
            os.kill(pick([int(pid) for pid in children.read_text().split()]), signal.SIGKILL)

    def play(self, random: Random, *, victims: Sequence[str], kills: int) -> Counter[str]:
        """Start workers and a beat, and from then on kill one thing after the other at random moments; how many."""
        for name in [*WORKERS, "beat"]:
            self.start(name)
        killed: Counter[str] = Counter()
        while killed.total() < kills:
            time.sleep(random.uniform(0, 2))
            victim = random.choice(victims)
            killed[victim.split("-")[0]] += 1
            if victim.startswith("child of "):
                self.kill_child(victim.removeprefix("child of "), random.choice)
            else:
                self.signal(victim, signal.SIGKILL)
                time.sleep(random.uniform(0, 0.5))
                self.start(victim)
        return killed

    def python(self, *words: str, database: str = postgres.DATABASE) -> None:
        """Run a module of this checkout to its end."""
        urls = {"DATABASE_URL": self.url(database), "REDIS_URL": f"unix://{self.run / valkey.SOCKET}"}
        env = os.environ | QUICK | self.environment | urls
        env |= {"DJANGO_SETTINGS_MODULE": "healthportal.settings", "DATABASE_IDLE_SECONDS": "0"}
        subprocess.run([*guarded(), sys.executable, *words], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)

    def rows(self, sql: str, *, database: str = postgres.DATABASE) -> list[tuple[object, ...]]:
        connection = psycopg2.connect(self.url(database))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def wait_for(self, sql: str, timeout: float, *, meanwhile: str = "") -> None:
        """Until a query gives true. The server may be away; what else happens meanwhile does so again and again."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with suppress(psycopg2.OperationalError):
                if self.rows(sql)[0][0]:
                    return
                if meanwhile:
                    self.rows(meanwhile)
            time.sleep(0.2)
        raise AssertionError(f"After {timeout} seconds this is still not so: {sql}")


@contextmanager
def stage(home: Path, **environment: str) -> Iterator[Stage]:
    """A stage with both servers running, the database migrated, and nothing left of it afterwards."""
    copy_migrated(home / "postgres")
    with socket_folder(home) as run:
        made = Stage(home, run, environment)
        try:
            made.start("postgres")
            made.start("valkey")
            yield made
        finally:
            for name, process in made.processes.items():
                if name not in made.stacks:
                    made.signal(name, signal.SIGKILL)
                    process.popen.wait()
            for stack in made.stacks.values():
                stack.close()

"""A pytest plugin, loaded before Django's settings are: gives the run a Postgres and a Valkey of its own.

With pytest-xdist the controller starts one pair and the workers inherit it by environment variable. With
``DATABASE_URL`` set, that server and ``REDIS_URL`` are used and nothing is started.

Migrating takes longer than most runs. So a folder below ``build`` keeps the data of a server that has migrated, and
each run begins with a copy of it, until a migration or a package changes.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from healthportal.embedded.services import running

GOES_WITH_ITS_DATA = "TEST_SERVER_GOES_WITH_ITS_DATA"
"""The variable that says that the run's Postgres is its own."""


MIGRATED = "portal"
"""The database of the run's own server that has migrated: those of the tests are copies of it."""

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "build" / "test-server"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    os.environ["ENVIRONMENT"] = "local"
    os.environ.setdefault("SECRET_KEY", "only for tests")
    os.environ.setdefault("ADMIN_STATEMENT_SECONDS", "0")  # tests count the statements of pages
    os.environ.setdefault("DATABASE_CONN_MAX_AGE", "0")  # else the live server keeps its connections
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps an event loop in the test's thread
    if "DATABASE_URL" not in os.environ:
        stack = ExitStack()
        early_config.add_cleanup(stack.close)
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="healthportal-tests-"))
        copy_migrated(Path(home) / "postgres")
        os.environ.update(stack.enter_context(running(Path(home), throwaway=True)).environment)
        os.environ[GOES_WITH_ITS_DATA] = "1"
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ["REDIS_URL"] += f"?db={worker.removeprefix('gw')}"
    return (yield)


def copy_migrated(to: Path) -> None:
    """Make the data folder of a server whose database ``portal`` has migrated."""
    _copy(_migrated_data(), to)


def _migrated_data() -> Path:
    """The data folder of a server whose database has migrated; made where there is none of today's migrations."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with open(KEPT / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of runs that begin at once, one makes it
        kept = KEPT / _key()
        if not kept.exists():
            for former in KEPT.glob("*/"):
                shutil.rmtree(former)
            with tempfile.TemporaryDirectory(prefix="healthportal-tests-") as home:
                sys.stderr.write("Migrating a database for the tests, once …\n")
                with running(Path(home), throwaway=True) as services:
                    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
                    subprocess.run(migrate, cwd=ROOT, env=os.environ | services.environment, check=True)
                _copy(Path(home) / "postgres", KEPT / "part")
            (KEPT / "part").rename(kept)
    return kept


def _key() -> str:
    """Changes with all that makes the database: migrations and their SQL, and the packages with Postgres in them."""
    named = [path for pattern in ("**/migrations/*.py", "**/sql/*.sql") for path in ROOT.glob(pattern)]
    texts = [path.read_bytes() for path in sorted([*named, ROOT / "requirements-dev.txt"]) if ".venv" not in path.parts]
    return hashlib.sha256(b"".join(texts)).hexdigest()[:16]


def _copy(data: Path, to: Path) -> None:
    subprocess.run(["cp", "-a", data, to], check=True)  # with its owner, who is another for root

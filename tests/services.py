"""A pytest plugin, loaded before Django's settings are: gives the run a Postgres and a Valkey of its own.

With pytest-xdist the controller starts one pair and the workers inherit it by environment variable. With
``DATABASE_URL`` set, that server and ``REDIS_URL`` are used and nothing is started.
"""

import os
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from healthportal.embedded.services import running

GOES_WITH_ITS_DATA = "TEST_SERVER_GOES_WITH_ITS_DATA"
"""The variable that says that the run's Postgres is its own."""


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
        os.environ.update(stack.enter_context(running(Path(home), throwaway=True)).environment)
        os.environ[GOES_WITH_ITS_DATA] = "1"
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ["REDIS_URL"] += f"?db={worker.removeprefix('gw')}"
    return (yield)

"""Where the crawl takes place: servers of its own, a clock that stands still, and chance that repeats itself."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import time_machine
from django.core.cache import cache
from django.db import transaction

from healthportal.embedded.services import Services, running

ROOT = Path(__file__).resolve().parents[2]
MOMENT = datetime(2026, 11, 26, 10, tzinfo=UTC)
"""Earlier than any clock: the database refuses what is recorded ahead of its own."""


@contextmanager
def servers() -> Iterator[Services]:
    """A Postgres and a Valkey for one run; settings.py is told of them, and nothing of the caller's environment."""
    with (
        tempfile.TemporaryDirectory(prefix="healthportal-crawl-") as home,
        running(Path(home), throwaway=True) as services,
    ):
        os.environ.update(
            services.environment
            | {
                "ENVIRONMENT": "local",
                "DEBUG": "0",
                "DJANGO_SETTINGS_MODULE": "healthportal.settings",
                "SECRET_KEY": "only for crawls",
                "BASE_URL": "http://portal.example",
                "EMAIL_URL": "memorymail://",
                "LOGNAME": "crawl",  # the audit trail names the account on the server
                "ATTACHMENTS_ROOT": str(Path(home) / "attachments"),
            }
        )
        yield services


def migrate() -> None:
    """In a process of its own, as the owner of the tables.

    Which app's permissions are made first, and so their ids, depends on the order of sets.
    """
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"PYTHONHASHSEED": "0"})


@contextmanager
def clock_stands_still() -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


@contextmanager
def chance_of(name: str) -> Iterator[None]:
    """Let what is drawn at random (secrets, tokens, the order of questions) follow from a name."""
    source = random.Random(name)
    random.seed(name)  # boundaries of emails
    with mock.patch("os.urandom", source.randbytes), mock.patch("random._urandom", source.randbytes):
        yield


@contextmanager
def nothing_remains(name: str) -> Iterator[None]:
    """Undo what happens inside, so that no page depends on those that were looked at before."""
    cache.clear()
    with chance_of(name), transaction.atomic():
        yield
        transaction.set_rollback(True)

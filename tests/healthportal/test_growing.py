"""The portal behind PgBouncer in transaction mode, with a streaming replica that pages read (docs/operations.md).

PgBouncer is Debian's; without it the test is left out, unless ``REQUIRE_PGBOUNCER`` is set, as in CI.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from healthportal.embedded import postgres, valkey
from healthportal.embedded.processes import Process, guarded, service_user
from healthportal.embedded.services import socket_folder
from healthportal.replica import Lag, replica_standing
from kit.database.replica import ReplicaRouter, alias_to_read, noting_writes, reading_replica, wrote_something
from sellers.models import Seller
from tests.services import copy_migrated

PGBOUNCER = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
POOL = """
[databases]
portal = host={primary} dbname=portal
replica = host={replica} dbname=portal
[pgbouncer]
pool_mode = transaction
default_pool_size = 4
listen_addr =
listen_port = 5432
unix_socket_dir = {pool}
auth_type = trust
auth_file = {users}
server_check_delay = 0
query_wait_timeout = 5
"""


def ran(words: list[Any], **options: Any) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"


def follow(primary: Path, data: Path, home: Path) -> None:
    """Make the data folder of a replica, as the docs say."""
    data.parent.mkdir()
    os.chown(data.parent, *service_user())
    copy = [postgres._program("pg_basebackup"), "-h", primary, "-U", "postgres", "-D", data, "-R", "-c", "fast"]
    ran([*guarded(signal.SIGINT, unprivileged=True), *copy])


def pool(stack: ExitStack, home: Path, folders: dict[str, Path]) -> Process:
    users = home / "users.txt"
    users.write_text('"portal" ""\n')
    config = home / "pgbouncer.ini"
    config.write_text(POOL.format(**folders, users=users))
    started = Process.start("PgBouncer", [str(PGBOUNCER), config], log=home / "pgbouncer.log", unprivileged=True)
    stack.callback(started.stop)
    return started


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Of a portal that reaches its databases through the pool alone."""
    if PGBOUNCER is None:
        assert "REQUIRE_PGBOUNCER" not in os.environ
        pytest.skip("PgBouncer is not installed.")
    tmp_path.chmod(0o755)
    data = tmp_path / "copy" / "data"
    with ExitStack() as stack:
        folders = {name: stack.enter_context(socket_folder(tmp_path / name)) for name in ["primary", "replica", "pool"]}
        run = folders["primary"]
        copy_migrated(tmp_path / "postgres")
        stack.enter_context(postgres.running(tmp_path / "postgres", run, tmp_path / "postgres.log", throwaway=True))
        stack.enter_context(valkey.running(run, tmp_path / "valkey.log"))
        postgres.make_role(run)
        shared = os.environ | {
            "REDIS_URL": f"unix://{run / valkey.SOCKET}",
            "DJANGO_SETTINGS_MODULE": "healthportal.settings",
        }
        shared["DATABASE_URL"] = f"postgresql://postgres@/portal?host={run}"
        follow(run, data, tmp_path)
        copy = stack.enter_context(postgres.running(data, folders["replica"], tmp_path / "copy.log", throwaway=True))
        pool(stack, tmp_path, folders)
        limits = {f"DATABASE_{what}_SECONDS": "0" for what in ["IDLE", "LOCK", "STATEMENT"]}
        yield (
            shared
            | limits
            | {
                "DATABASE_URL": f"postgresql://portal@/portal?host={folders['pool']}",
                "DATABASE_REPLICA_URL": f"postgresql://portal@/replica?host={folders['pool']}",
                "DATABASE_REPLICA_LAG_SECONDS": "2",
                "DATABASE_POOLED": "1",
                "DATABASE_CONN_MAX_AGE": "0",
                "REPLICA_ADMIN": f"postgresql://postgres@/portal?host={folders['replica']}",
                "REPLICA_PID": str(copy.popen.pid),
            }
        )


def test_portal_lives_behind_a_pooler_and_beside_a_replica(environment: dict[str, str]) -> None:
    ran([sys.executable, "-m", "tests.healthportal.behind_both"], cwd=settings.BASE_DIR, env=environment)


def test_what_is_written_is_read_where_it_is_written(db: None) -> None:
    """The test itself is in a transaction, as services are."""
    with reading_replica(), noting_writes():
        assert alias_to_read() == DEFAULT_DB_ALIAS
        assert Seller.objects.all().db == DEFAULT_DB_ALIAS
        assert not wrote_something()
        Seller.objects.select_for_update().first()
        assert wrote_something()


def test_pages_read_the_replica_outside_a_transaction() -> None:
    assert not connections[DEFAULT_DB_ALIAS].in_atomic_block
    with reading_replica():
        assert Seller.objects.all().db == "replica"
        assert ReplicaRouter().db_for_write(Seller) == DEFAULT_DB_ALIAS
    assert Seller.objects.all().db == DEFAULT_DB_ALIAS


def test_lag_is_since_when_the_replica_was_where_the_primary_was() -> None:
    lag = Lag()
    assert lag.seconds(now=10, written=100, replayed=100) == 0
    assert lag.seconds(now=11, written=120, replayed=110) == 1
    assert lag.seconds(now=14, written=150, replayed=119) == 4
    assert lag.seconds(now=15, written=150, replayed=120) == 4
    assert lag.seconds(now=16, written=150, replayed=99) is None
    assert lag.seconds(now=17, written=150, replayed=150) == 0


def test_nothing_is_said_of_a_replica_that_there_is_not() -> None:
    assert replica_standing() == {}

"""The embedded Postgres and Valkey, for real: each test starts its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from healthportal.embedded import postgres
from healthportal.embedded.processes import CannotStart, Process
from healthportal.embedded.services import Services, running, socket_folder
from tests.processes import heed_interrupts

ROOT = Path(__file__).resolve().parents[2]
OWNER = """
import sys, time
from pathlib import Path
from healthportal.embedded.services import running
with running(Path(sys.argv[1]), throwaway=True) as services:
    print(*(process.popen.pid for process in services.processes), flush=True)
    time.sleep(60)
"""


def query(services: Services, sql: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(services.environment["DATABASE_URL"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def wait_until_gone(pid: int) -> bool:
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def owner(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that owns a pair on ``tmp_path``."""
    command = [sys.executable, "-c", OWNER, str(tmp_path)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=quiet, preexec_fn=heed_interrupts
    ) as process:
        yield process
        process.send_signal(signal.SIGINT)


def test_running_keeps_the_data_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with running(tmp_path, throwaway=True) as services:
        query(services, "CREATE TABLE kept AS SELECT 'Zürich' AS town")
        assert redis.Redis.from_url(services.environment["REDIS_URL"]).ping() is True
    assert [process.exit_status for process in services.processes] == [0, 0]
    assert not services.run.exists()

    with running(tmp_path, throwaway=True) as services:
        assert query(services, "SELECT town FROM kept") == [("Zürich",)]


def test_running_in_a_deep_folder_keeps_socket_paths_short(tmp_path: Path) -> None:
    deep = tmp_path / "/".join(["a-folder-with-a-long-name"] * 6)
    with running(deep, throwaway=True) as services:
        sockets = [path for path in services.run.iterdir() if path.is_socket()]
        assert len(sockets) == 2
        assert max(len(os.fsencode(path)) for path in sockets) <= 103


def test_killed_owner_leaves_no_server_and_the_next_start_works(tmp_path: Path, owner: "subprocess.Popen[str]") -> None:
    assert owner.stdout is not None
    pids = [int(pid) for pid in owner.stdout.readline().split()]
    assert len(pids) == 2
    owner.send_signal(signal.SIGKILL)
    owner.wait()

    with running(tmp_path, throwaway=True) as services:
        assert query(services, "SELECT 1") == [(1,)]
    assert [wait_until_gone(pid) for pid in pids] == [True, True]


def test_start_waits_for_what_is_left_of_a_server_that_was_killed(
    tmp_path: Path, owner: "subprocess.Popen[str]"
) -> None:
    """One of its processes stands still, and holds the server's memory until it goes on and notices."""
    assert owner.stdout is not None
    pid, _ = (int(word) for word in owner.stdout.readline().split())
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGSTOP)
    os.kill(pid, signal.SIGKILL)
    goes_on = threading.Timer(1, lambda: [os.kill(int(child), signal.SIGCONT) for child in children])
    goes_on.start()
    with running(tmp_path, throwaway=True) as services:
        assert query(services, "SELECT 1") == [(1,)]
    goes_on.join()


def test_second_owner_is_refused(tmp_path: Path, owner: "subprocess.Popen[str]") -> None:
    assert owner.stdout is not None
    pid, _ = owner.stdout.readline().split()
    with pytest.raises(CannotStart, match=rf"Another Postgres \(process {pid}\) runs on .*kill -INT {pid}"):
        postgres.wait_for_former_server(tmp_path.resolve() / "postgres", timeout=0)


def test_pid_file_that_names_a_foreign_process_is_forgotten(tmp_path: Path) -> None:
    with running(tmp_path, throwaway=True):
        pid_file = tmp_path / "postgres" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    stranger = Process.start("stranger", ["sleep", "60"], unprivileged=True)  # the same user as the server
    try:
        pid_file.write_text("\n".join([str(stranger.popen.pid), *lines[1:]]) + "\n")
        with running(tmp_path, throwaway=True) as services:
            assert query(services, "SELECT 1") == [(1,)]
        assert stranger.exit_status is None
    finally:
        stranger.stop()


def make_data_folder(home: Path, version: str | None) -> Path:
    data = home / "postgres"
    data.mkdir(mode=0o700)
    (data / "something.txt").write_text("somebody's work")
    if version:
        (data / "PG_VERSION").write_text(f"{version}\n")
    if os.geteuid() == 0:
        os.chown(data, 65534, 65534)
    return data


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (None, "is not a Postgres data folder: move it away, or forget its data with `make reset`."),
        ("15", "was made by Postgres 15, this is Postgres 18: move it away, or forget its data with `make reset`."),
        ("18", "Postgres does not start on "),
    ],
)
def test_foreign_data_folder_is_refused_and_kept(tmp_path: Path, version: str | None, sentence: str) -> None:
    data = make_data_folder(tmp_path, version)
    with pytest.raises(CannotStart, match=re.escape(sentence)), running(tmp_path):
        pass
    assert (data / "something.txt").read_text() == "somebody's work"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_data_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(make_data_folder(tmp_path, "18"), 1, 1)
    with pytest.raises(CannotStart, match="belongs to daemon, but Postgres would run as nobody"), running(tmp_path):
        pass


def test_socket_folder_that_is_open_to_others_is_refused(tmp_path: Path) -> None:
    with socket_folder(tmp_path) as run:
        run.chmod(0o755)
        with pytest.raises(CannotStart, match=re.escape(f"{run} is not a private folder")), socket_folder(tmp_path):
            pass


def test_socket_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    with socket_folder(tmp_path) as run:
        run.rmdir()
        run.symlink_to(tmp_path)
        with pytest.raises(CannotStart), socket_folder(tmp_path):
            pass
        run.unlink()


def test_socket_folder_is_emptied_of_what_a_crash_left(tmp_path: Path) -> None:
    with socket_folder(tmp_path) as run, socket.socket(socket.AF_UNIX) as left:
        left.bind(str(run / "valkey.sock"))
        with socket_folder(tmp_path):
            assert list(run.iterdir()) == []

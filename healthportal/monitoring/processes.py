"""The processes of a host, which share what they count through a folder. Loaded before Django's apps are."""

from __future__ import annotations

import os

from prometheus_client.multiprocess import mark_process_dead

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def forget_process(pid: int) -> None:
    """When a process of gunicorn's or Celery's has ended: what it counted stays, what it had at the moment goes."""
    if FOLDER in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]  # the library has no types there

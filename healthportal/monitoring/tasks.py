"""What Celery's processes do so that the log and metrics know them."""

from __future__ import annotations

import os
from typing import Any

from celery.signals import task_postrun, task_prerun, worker_process_shutdown
from structlog.contextvars import bind_contextvars, clear_contextvars

from .processes import forget_process


def connect() -> None:
    """Called once by each process that runs tasks."""
    task_prerun.connect(_name_task, weak=False)
    task_postrun.connect(_forget_task, weak=False)
    worker_process_shutdown.connect(_end, weak=False)


def _name_task(task_id: str = "", task: Any = None, **kwargs: Any) -> None:
    bind_contextvars(task_id=task_id, task=getattr(task, "name", ""))


def _forget_task(**kwargs: Any) -> None:
    clear_contextvars()


def _end(**kwargs: Any) -> None:
    forget_process(os.getpid())

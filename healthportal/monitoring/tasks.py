"""What Celery's processes do so that the log and metrics know them."""

from __future__ import annotations

import os
from typing import Any

from celery.signals import setup_logging, task_postrun, task_prerun, worker_process_shutdown
from django.conf import settings
from django.utils.log import configure_logging
from structlog.contextvars import bind_contextvars, clear_contextvars

from .processes import forget_process


def connect() -> None:
    """Called once by each process that runs tasks."""
    setup_logging.connect(_log_as_everything_does, weak=False)
    task_prerun.connect(_name_task, weak=False)
    task_postrun.connect(_forget_task, weak=False)
    worker_process_shutdown.connect(_end, weak=False)


def _log_as_everything_does(**kwargs: Any) -> None:
    """Left alone, Celery would put lines of its own in the place of ours, with the people in them."""
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


def _name_task(task_id: str = "", task: Any = None, **kwargs: Any) -> None:
    bind_contextvars(task_id=task_id, task=getattr(task, "name", ""))


def _forget_task(**kwargs: Any) -> None:
    clear_contextvars()


def _end(**kwargs: Any) -> None:
    forget_process(os.getpid())

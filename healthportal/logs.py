"""What the log shows."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured

from healthportal.monitoring.personal import remove_personal_data, without_personal_data

FORMATS = {"line", "json"}
SAID_AGAIN = ("celery.beat", "celery.worker.strategy")
"""That a task was asked for and received: a line says so when it is done, with how long it took."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class RefusedQuietly(logging.Filter):
    """A request that was refused is a line of the log: where the refusal was raised tells nobody anything."""

    def filter(self, record: logging.LogRecord) -> bool:
        if 400 <= getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True


class Lines(logging.Formatter):
    """A line for people, without people in it."""

    def format(self, record: logging.LogRecord) -> str:
        return without_personal_data(super().format(record))


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,  # the ids of the request or the task
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

JSON = {
    "()": "structlog.stdlib.ProcessorFormatter",
    "foreign_pre_chain": SHARED,
    "processors": [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        remove_personal_data,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ],
}


def to_the_console(*, level: str, form: str = "line") -> dict[str, Any]:
    """How logs are written, for the settings: a line for people, or JSON for machines.

    Raises ``ImproperlyConfigured`` for a form or a level that there is not.
    """
    if form not in FORMATS:
        raise ImproperlyConfigured(f"LOG_FORMAT is {form!r}; it must be line or json.")
    if level not in LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL is {level!r}; it must be one of {', '.join(LEVELS)}.")
    line = {"()": "healthportal.logs.Lines", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line, "json": JSON},
        "filters": {"refused_quietly": {"()": "healthportal.logs.RefusedQuietly"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["refused_quietly"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {name: {"level": max(level, "WARNING", key=LEVELS.index)} for name in SAID_AGAIN},
    }

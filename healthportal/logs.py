"""What the log shows."""

from __future__ import annotations

import logging
from typing import Any


class RefusedQuietly(logging.Filter):
    """A request that was refused is a line of the log: where the refusal was raised tells nobody anything."""

    def filter(self, record: logging.LogRecord) -> bool:
        if 400 <= getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True


def to_the_console(*, level: str) -> dict[str, Any]:
    """How logs are written, for the settings."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
        "filters": {"refused_quietly": {"()": "healthportal.logs.RefusedQuietly"}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refused_quietly"]}
        },
        "root": {"handlers": ["console"], "level": level},
    }

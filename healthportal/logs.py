"""What the log shows."""

from __future__ import annotations

import logging


class RefusedQuietly(logging.Filter):
    """A request that was refused is a line of the log: where the refusal was raised tells nobody anything."""

    def filter(self, record: logging.LogRecord) -> bool:
        if 400 <= getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True

"""No personal data in the log: what looks like an address of a person's is left out wherever it stands."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

EMAIL = re.compile(r"[^\s<>()\[\]{}\"'=,;:|@]+@[^\s<>()\[\]{}\"'=,;:|@]+")
DETAIL = re.compile(r"^(\s*(?:DETAIL|CONTEXT):\s).*$", re.MULTILINE)
"""Postgres repeats the values of a row that it refuses."""

LEFT_OUT = "[left out]"


def without_people(text: str) -> str:
    return DETAIL.sub(rf"\1{LEFT_OUT}", EMAIL.sub(LEFT_OUT, text))


def leave_people_out(logger: Any, name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last step before a line is written (a processor of structlog's)."""
    return {key: without_people(value) if isinstance(value, str) else value for key, value in line.items()}

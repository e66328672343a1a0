"""No personal data in what is told outside: the log, reports of errors, traces.

It leaves out what looks like a person's address, wherever it stands. It also leaves out what opens a page to whoever
has it.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

EMAIL = re.compile(r"[^\s<>()\[\]{}\"'=,;:|@]+@[^\s<>()\[\]{}\"'=,;:|@]+")
ROWS = re.compile(
    r"(\b|(?<=\\n))(DETAIL|CONTEXT|LINE \d+):\s.*?"
    r"(?=\s*(?:\b(?:HINT|CONTEXT|LINE \d+):\s|\n(?:The above exception|During handling|Traceback \(most)|\Z))",
    re.DOTALL,
)
"""Postgres repeats the values of a row that it refuses, and of a statement that it does not understand: to the end of
what it says, for a value may have lines of its own."""
VALUE = re.compile(r'\b(invalid input (?:syntax|value) for [^:\n]+|value out of range): ".*?"(?=$|\n)', re.MULTILINE)
SECRETS = re.compile(
    r"/(accounts/confirm-email|accounts/password/reset/key|accounts/reach|calendar|certificates|door|invitations"
    r"|mail/events|unsubscribe(?:/week)?)/(?![<{(^])[^\s/?#'\"<>)]+"
)
"""Addresses whose last part is a secret: whoever has it may do what the page does."""
QUERY = re.compile(r"(/[^\s?'\"<>]*)\?[^\s'\"<>)]+")

LEFT_OUT = "[left out]"


def without_personal_data(text: str) -> str:
    text = ROWS.sub(rf"\2: {LEFT_OUT}", VALUE.sub(rf"\1: {LEFT_OUT}", text))
    return EMAIL.sub(LEFT_OUT, SECRETS.sub(rf"/\1/{LEFT_OUT}", QUERY.sub(rf"\1?{LEFT_OUT}", text)))


def remove_personal_data(logger: Any, name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last step before a line is written (a processor of structlog's)."""
    return {key: without_personal_data(value) if isinstance(value, str) else value for key, value in line.items()}

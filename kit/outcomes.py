"""What services answer: a refusal, or what became of each draft of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

SENT_TWICE = timedelta(minutes=10)
"""For how long the same text by the same person is taken for a form that was sent twice."""


class Refused(Exception):
    """A rule says no. The message is for the person who asked; ``field`` names the input it is about, if one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class WrongState(Refused):
    """What was asked for does not go with the state a record is in: a draft, published already, answered, cancelled."""


class Result(Enum):
    CREATED = "created"
    CHANGED = "changed"
    PRESENT = "already there"
    HELD = "held"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What became of one draft of a batch. ``record_id`` is the portal's id of what was created, changed or there.

    One that was recorded says when (``recorded_at``), and whether it was told after what it leads to was over
    (``is_over``); a refused one says why, and which field it is about.
    """

    external_id: str
    result: Result
    record_id: int | None = None
    field: str = ""
    reason: str = ""
    recorded_at: datetime | None = None
    is_over: bool = False

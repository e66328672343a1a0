"""What apps above do with the answer of an endpoint that took an event. They add themselves when they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from .models import Event


class AnswerTaken(NamedTuple):
    """An event that an endpoint took, and what it answered: a JSON object, empty if it was none."""

    event: Event
    answer: Mapping[str, object]
    source: str
    at: datetime


WHEN_TAKEN: dict[Event.Kind, Callable[[AnswerTaken], None]] = {}
"""By kind of event."""

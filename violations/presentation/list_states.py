"""States by which a seller's list of violations can be filtered, beside those that this app knows itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from sellers.models import Seller

Deadlines = Mapping[int, datetime]
"""Deadlines by the ids of violations."""


@dataclass(frozen=True)
class ListState:
    """A state by which a seller's list is filtered; ``deadlines`` finds its violations for a seller at a moment."""

    label: str | Promise
    deadlines: Callable[[Seller, datetime], Deadlines]


LIST_STATES: dict[str, ListState] = {}
"""States that this app knows nothing of, such as an open quiz: whoever does adds them when the portal starts."""


def list_deadlines(seller: Seller, as_of: datetime) -> Deadlines:
    """The first deadline of each violation that is in one of these states."""
    found: dict[int, datetime] = {}
    for state in LIST_STATES.values():
        for violation_id, deadline in state.deadlines(seller, as_of).items():
            found[violation_id] = min(deadline, found.get(violation_id, deadline))
    return found

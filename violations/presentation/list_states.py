"""States by which a seller's list of violations can be filtered, beside those that this app knows itself."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from sellers.models import Seller


@dataclass(frozen=True)
class ListState:
    """A state by which a seller's list is filtered; ``ids`` finds its violations for a seller at a moment."""

    label: str | Promise
    ids: Callable[[Seller, datetime], Collection[int]]


LIST_STATES: dict[str, ListState] = {}
"""States that this app knows nothing of, such as an open quiz: whoever does adds them when the portal starts."""

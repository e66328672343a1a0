"""What a change of rules changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sellers.models import Market
from sellers.services import RULES

from ..models import Milestone


def changes_of_rules(numbers: Mapping[str, object], milestones: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """What changes, a line for each number, and the milestones as they will be."""
    labels = {name: str(Market._meta.get_field(name).verbose_name) for name in RULES}  # type: ignore[union-attr]  # no relation
    lines = [f"{labels[name].capitalize()}: {value}." for name, value in numbers.items()]
    if milestones is not None:
        found = "; ".join(str(Milestone(**row)) for row in milestones) or "none"
        lines.append(f"Milestones from then on: {found}.")
    return lines

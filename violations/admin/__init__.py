"""Staff pages, by subject."""

from . import (
    appeals,
    detectors,
    enforcement,
    ledger,
    macros,
    markets,
    rehearsals,
    reversals,
    rules_changes,
    second_reviews,
    uploads,
    violations,
)

__all__ = [
    "appeals",
    "detectors",
    "enforcement",
    "ledger",
    "macros",
    "markets",
    "rehearsals",
    "reversals",
    "rules_changes",
    "second_reviews",
    "uploads",
    "violations",
]

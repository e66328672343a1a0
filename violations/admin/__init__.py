"""Staff pages, by subject."""

from . import (
    appeals,
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

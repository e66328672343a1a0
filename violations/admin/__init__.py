"""Staff pages, by subject."""

from . import (
    appeal_reasons,
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
    "appeal_reasons",
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

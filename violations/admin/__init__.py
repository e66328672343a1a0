"""Staff pages, by subject."""

from . import appeals, enforcement, ledger, markets, reversals, rules_changes, uploads, violations

__all__ = ["appeals", "enforcement", "ledger", "markets", "reversals", "rules_changes", "uploads", "violations"]

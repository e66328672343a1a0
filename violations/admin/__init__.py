"""Staff pages, by subject."""

from . import appeals, markets, records, reversals, rules_changes, uploads

__all__ = ["appeals", "markets", "records", "reversals", "rules_changes", "uploads"]

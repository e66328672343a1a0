"""Staff pages, by subject."""

from . import appeals, articles, markets, policies, records, reversals, rules_changes, uploads

__all__ = ["appeals", "articles", "markets", "policies", "records", "reversals", "rules_changes", "uploads"]

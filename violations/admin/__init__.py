"""Staff pages, by subject."""

from . import appeals, articles, markets, policies, records, uploads

__all__ = ["appeals", "articles", "markets", "policies", "records", "uploads"]

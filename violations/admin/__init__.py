"""Staff pages, by subject."""

from . import appeals, articles, markets, policies, records

__all__ = ["appeals", "articles", "markets", "policies", "records"]

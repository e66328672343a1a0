"""Staff pages, by subject."""

from . import articles, markets, policies, records

__all__ = ["articles", "markets", "policies", "records"]

"""Staff pages of policies, their versions and their articles."""

from . import articles, policies

__all__ = ["articles", "policies"]

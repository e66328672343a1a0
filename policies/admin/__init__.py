"""Staff pages of policies, their versions and their articles."""

from . import articles, policies, versions

__all__ = ["articles", "policies", "versions"]

"""The lock that every step of a draft of a policy takes first: that of its policy."""

from __future__ import annotations

from typing import TypeVar

from ..models import ArticleVersion, Policy, PolicyVersion

Version = TypeVar("Version", PolicyVersion, ArticleVersion)


def lock_version(version: Version) -> Version:
    """The version as it is, under the lock of its policy."""
    Policy.objects.select_for_update(no_key=True).get(pk=version.policy_id)
    version.refresh_from_db()
    return version

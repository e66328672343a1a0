"""Every write of the policies app, by subject."""

from .announcements import announce_batch, announce_changes, sellers_to_tell
from .versions import SAID, draft_version, notice_of_policies, publish_version, why_not_publish

__all__ = [
    "SAID",
    "announce_batch",
    "announce_changes",
    "draft_version",
    "notice_of_policies",
    "publish_version",
    "sellers_to_tell",
    "why_not_publish",
]

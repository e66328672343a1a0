"""Every write of the policies app, by subject."""

from .announcements import announce_batch, announce_changes, sellers_to_tell
from .versions import (
    SAID,
    draft_version,
    forget_proposal,
    notice_of_policies,
    propose_version,
    publish_version,
    take_back_proposal,
    why_not_publish,
)

__all__ = [
    "SAID",
    "announce_batch",
    "announce_changes",
    "draft_version",
    "forget_proposal",
    "notice_of_policies",
    "propose_version",
    "publish_version",
    "sellers_to_tell",
    "take_back_proposal",
    "why_not_publish",
]

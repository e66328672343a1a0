"""Every write of the policies app, by subject."""

from .announcements import announce_batch, announce_changes, sellers_to_tell
from .articles import (
    draft_article,
    propose_article,
    publish_article,
    why_not_publish_article,
)
from .drafts import take_back_proposal
from .versions import (
    SAID,
    draft_version,
    notice_of_policies,
    propose_version,
    publish_version,
    why_not_publish,
)

__all__ = [
    "SAID",
    "announce_batch",
    "announce_changes",
    "draft_article",
    "draft_version",
    "notice_of_policies",
    "propose_article",
    "propose_version",
    "publish_article",
    "publish_version",
    "sellers_to_tell",
    "take_back_proposal",
    "why_not_publish",
    "why_not_publish_article",
]

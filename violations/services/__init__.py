"""Every write of the violations app, by subject."""

from .issuing import ContentDraft, Outcome, Result, ViolationDraft, issue_violation, issue_violations
from .markets import add_default_milestones, open_market
from .points import NothingToCredit, credit_points
from .policies import draft_version, publish_version
from .voiding import lift_action, void_violation

__all__ = [
    "ContentDraft",
    "NothingToCredit",
    "Outcome",
    "Result",
    "ViolationDraft",
    "add_default_milestones",
    "credit_points",
    "draft_version",
    "issue_violation",
    "issue_violations",
    "lift_action",
    "open_market",
    "publish_version",
    "void_violation",
]

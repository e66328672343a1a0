"""Every write of the violations app, by subject."""

from sellers.services import ContentDraft, Outcome, Result

from .appeals import (
    deny_appeal,
    file_appeal,
    further_route,
    grant_appeal,
    grant_partly,
    why_not_appeal,
    withdraw_appeal,
)
from .issuing import ViolationDraft, issue_violation, issue_violations
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
    "deny_appeal",
    "draft_version",
    "file_appeal",
    "further_route",
    "grant_appeal",
    "grant_partly",
    "issue_violation",
    "issue_violations",
    "lift_action",
    "open_market",
    "publish_version",
    "void_violation",
    "why_not_appeal",
    "withdraw_appeal",
]

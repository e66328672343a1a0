"""Every write of the violations app, by subject."""

from .appeals import (
    DraftChanged,
    ask_seller,
    attach_to_draft,
    checked_text,
    delete_draft,
    deny_appeal,
    file_appeal,
    file_draft,
    grant_appeal,
    grant_partly,
    remove_attachment,
    save_draft,
    send_answer,
    sweep_drafts,
    why_not_answer,
    why_not_appeal,
    why_not_decide,
    withdraw_appeal,
    withdraw_request,
)
from .concerns import concern_of
from .drafts import ViolationDraft
from .isolating import issue_isolating_failures
from .issuing import issue_violation, issue_violations
from .markets import add_default_milestones, open_market
from .points import NothingToCredit, credit_points
from .previewing import Effect, preview_violation
from .reversals import (
    ReversalFilter,
    draft_reversal,
    redraft_reversal,
    resume_reversal,
    start_reversal,
    stop_reversal,
    void_next_batch,
)
from .rules_changes import (
    announce_rules_batch,
    apply_due_rules,
    approve_rules,
    current_milestones,
    draft_rules,
    why_not_withdraw,
    withdraw_rules,
)
from .voiding import lift_action, void_violation

__all__ = [
    "DraftChanged",
    "Effect",
    "NothingToCredit",
    "ReversalFilter",
    "ViolationDraft",
    "add_default_milestones",
    "announce_rules_batch",
    "apply_due_rules",
    "approve_rules",
    "ask_seller",
    "attach_to_draft",
    "checked_text",
    "concern_of",
    "credit_points",
    "current_milestones",
    "delete_draft",
    "deny_appeal",
    "draft_reversal",
    "draft_rules",
    "file_appeal",
    "file_draft",
    "grant_appeal",
    "grant_partly",
    "issue_isolating_failures",
    "issue_violation",
    "issue_violations",
    "lift_action",
    "open_market",
    "preview_violation",
    "redraft_reversal",
    "remove_attachment",
    "resume_reversal",
    "save_draft",
    "send_answer",
    "start_reversal",
    "stop_reversal",
    "sweep_drafts",
    "void_next_batch",
    "void_violation",
    "why_not_answer",
    "why_not_appeal",
    "why_not_decide",
    "why_not_withdraw",
    "withdraw_appeal",
    "withdraw_request",
    "withdraw_rules",
]

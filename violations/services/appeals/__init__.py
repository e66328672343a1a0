"""Appeals: drafting, filing, withdrawing and deciding."""

from .deciding import deny_appeal, grant_appeal, grant_partly, why_not_decide
from .drafts import DraftChanged, attach_to_draft, delete_draft, remove_attachment, save_draft, sweep_drafts
from .filing import checked_text, file_appeal, file_draft, why_not_appeal, withdraw_appeal
from .reasons import retire_appeal_reason
from .requests import ask_seller, send_answer, why_not_answer, withdraw_request
from .second_reviews import review_again, why_not_review
from .sharing import assign_appeal, note_on_appeal, release_appeal, running_claim, take_appeal, take_next

__all__ = [
    "DraftChanged",
    "ask_seller",
    "assign_appeal",
    "attach_to_draft",
    "checked_text",
    "delete_draft",
    "deny_appeal",
    "file_appeal",
    "file_draft",
    "grant_appeal",
    "grant_partly",
    "note_on_appeal",
    "release_appeal",
    "remove_attachment",
    "retire_appeal_reason",
    "review_again",
    "running_claim",
    "save_draft",
    "send_answer",
    "sweep_drafts",
    "take_appeal",
    "take_next",
    "why_not_answer",
    "why_not_appeal",
    "why_not_decide",
    "why_not_review",
    "withdraw_appeal",
    "withdraw_request",
]

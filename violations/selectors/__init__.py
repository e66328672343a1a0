"""Every read of the violations app, by subject."""

from .appeal_drafts import drafts_of, get_draft
from .appeals import (
    appeal_queue,
    appealed_violations,
    appeals_of,
    get_appeal,
)
from .capabilities import ActionInForce, CapabilityState, get_capabilities
from .decisions import Decisions, recent_decisions
from .explanation import (
    ActionPeriod,
    Explanation,
    LedgerEntry,
    LedgerShow,
    RecordedSince,
    Timeframe,
    actions_of,
    appeals_behind,
    explain,
    whole_entries,
)
from .origins import CONTENT_KINDS, NO_CONTENT, Origin, Origins, entries_from, points_by_origin
from .reversals import (
    PolicyShare,
    ReversalPreview,
    preview_reversal,
    reversals_given_up,
    sellers_left,
    sources_of_late,
    unfounded_actions,
)
from .reviews import Review, actions_founded_on, get_review
from .rules_changes import RulesPreview, market_rules, preview_rules
from .standing import Standing, StandingLine, get_standing, standing_of, standings_of
from .timeline import Deadline, DeadlineKind, Timeline, timeline_of
from .violations import (
    appealable,
    ends_of_policies,
    get_violation,
    related_messages,
    violations_of,
    weeks_back,
    with_appeals,
)
from .what_if import PossibleAction, WhatIf, versions_in_force, what_if

__all__ = [
    "CONTENT_KINDS",
    "NO_CONTENT",
    "ActionInForce",
    "ActionPeriod",
    "CapabilityState",
    "Deadline",
    "DeadlineKind",
    "Decisions",
    "Explanation",
    "LedgerEntry",
    "LedgerShow",
    "Origin",
    "Origins",
    "PolicyShare",
    "PossibleAction",
    "RecordedSince",
    "ReversalPreview",
    "Review",
    "RulesPreview",
    "Standing",
    "StandingLine",
    "Timeframe",
    "Timeline",
    "WhatIf",
    "actions_founded_on",
    "actions_of",
    "appeal_queue",
    "appealable",
    "appealed_violations",
    "appeals_behind",
    "appeals_of",
    "drafts_of",
    "ends_of_policies",
    "entries_from",
    "explain",
    "get_appeal",
    "get_capabilities",
    "get_draft",
    "get_review",
    "get_standing",
    "get_violation",
    "market_rules",
    "points_by_origin",
    "preview_reversal",
    "preview_rules",
    "recent_decisions",
    "related_messages",
    "reversals_given_up",
    "sellers_left",
    "sources_of_late",
    "standing_of",
    "standings_of",
    "timeline_of",
    "unfounded_actions",
    "versions_in_force",
    "violations_of",
    "weeks_back",
    "what_if",
    "whole_entries",
    "with_appeals",
]

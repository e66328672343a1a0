"""Every read of the violations app, by subject."""

from .appeals import (
    STATE_TONES,
    DecisionLine,
    all_decisions,
    appeal_queue,
    appeal_timeline,
    appealed_violations,
    appeals_of,
    decisions_by_policy,
    decisions_by_reviewer,
    get_appeal,
)
from .capabilities import ActionInForce, CapabilityState, get_capabilities
from .events import Event
from .ledger import Ledger, LedgerShow, get_ledger, history_start, points_history, spans_of
from .policies import PolicyLine, VersionLine, list_policies, version_before, versions_of
from .standing import Standing, TrackMilestone, consequence_of, forbidden_by, get_standing
from .violations import (
    ENTRY_VERBS,
    count_by_policy,
    count_by_week,
    get_violation,
    history_of,
    related_messages,
    violations_of,
    weeks_back,
)

__all__ = [
    "ENTRY_VERBS",
    "STATE_TONES",
    "ActionInForce",
    "CapabilityState",
    "DecisionLine",
    "Event",
    "Ledger",
    "LedgerShow",
    "PolicyLine",
    "Standing",
    "TrackMilestone",
    "VersionLine",
    "all_decisions",
    "appeal_queue",
    "appeal_timeline",
    "appealed_violations",
    "appeals_of",
    "consequence_of",
    "count_by_policy",
    "count_by_week",
    "decisions_by_policy",
    "decisions_by_reviewer",
    "forbidden_by",
    "get_appeal",
    "get_capabilities",
    "get_ledger",
    "get_standing",
    "get_violation",
    "history_of",
    "history_start",
    "list_policies",
    "points_history",
    "related_messages",
    "spans_of",
    "version_before",
    "versions_of",
    "violations_of",
    "weeks_back",
]

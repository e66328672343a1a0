"""Violations, the points ledger, milestones, enforcement, appeals, mass reversals, uploads, changes of rules."""

from violations.models.appeal_drafts import AppealDraft, AppealDraftQuerySet
from violations.models.appeal_reasons import AppealReason, AppealReasonQuerySet
from violations.models.appeal_requests import (
    MAX_THING_LENGTH,
    MAX_THINGS,
    AppealAnswer,
    AppealRequest,
    AppealRequestQuerySet,
    RequestState,
)
from violations.models.appeals import (
    MAX_APPEAL_TEXT,
    MAX_ATTACHMENT_BYTES,
    MAX_ATTACHMENTS,
    MIN_DENIAL,
    REFERENCE_LETTER,
    Appeal,
    AppealAttachment,
    AppealQuerySet,
)
from violations.models.detectors import (
    DetectorAlarm,
    DetectorAlarmQuerySet,
    HeldViolation,
    HeldViolationQuerySet,
)
from violations.models.enforcement import (
    SHORTENABLE,
    ActionKind,
    Capability,
    EnforcementAction,
    EnforcementActionQuerySet,
    Milestone,
    in_force_at,
)
from violations.models.ledger import PointsEntry, PointsEntryQuerySet
from violations.models.macros import Macro
from violations.models.rehearsals import MAX_SHADOW_WEEKS, WEEKS, Rehearsal, ShadowWeek
from violations.models.reversals import MassReversal, MassReversalQuerySet
from violations.models.review_desk import (
    CLAIM_LASTS,
    DECISIONS,
    AppealClaim,
    AppealClaimQuerySet,
    AppealNote,
    SecondReview,
    SecondReviewQuerySet,
)
from violations.models.rules_changes import RulesChange
from violations.models.uploads import Upload, UploadProblem, UploadQuerySet
from violations.models.violations import Violation, ViolationQuerySet

__all__ = [
    "CLAIM_LASTS",
    "DECISIONS",
    "MAX_APPEAL_TEXT",
    "MAX_ATTACHMENTS",
    "MAX_ATTACHMENT_BYTES",
    "MAX_SHADOW_WEEKS",
    "MAX_THINGS",
    "MAX_THING_LENGTH",
    "MIN_DENIAL",
    "REFERENCE_LETTER",
    "SHORTENABLE",
    "WEEKS",
    "ActionKind",
    "Appeal",
    "AppealAnswer",
    "AppealAttachment",
    "AppealClaim",
    "AppealClaimQuerySet",
    "AppealDraft",
    "AppealDraftQuerySet",
    "AppealNote",
    "AppealQuerySet",
    "AppealReason",
    "AppealReasonQuerySet",
    "AppealRequest",
    "AppealRequestQuerySet",
    "Capability",
    "DetectorAlarm",
    "DetectorAlarmQuerySet",
    "EnforcementAction",
    "EnforcementActionQuerySet",
    "HeldViolation",
    "HeldViolationQuerySet",
    "Macro",
    "MassReversal",
    "MassReversalQuerySet",
    "Milestone",
    "PointsEntry",
    "PointsEntryQuerySet",
    "Rehearsal",
    "RequestState",
    "RulesChange",
    "SecondReview",
    "SecondReviewQuerySet",
    "ShadowWeek",
    "Upload",
    "UploadProblem",
    "UploadQuerySet",
    "Violation",
    "ViolationQuerySet",
    "in_force_at",
]

"""Policies and their versions, violations, the points ledger, milestones and enforcement."""

from violations.models.enforcement import (
    ActionKind,
    Capability,
    EnforcementAction,
    EnforcementActionQuerySet,
    Milestone,
)
from violations.models.ledger import PointsEntry, PointsEntryQuerySet
from violations.models.policies import (
    Article,
    ArticleSection,
    Policy,
    PolicyQuerySet,
    PolicyVersion,
    PolicyVersionQuerySet,
    Severity,
)
from violations.models.violations import Violation, ViolationQuerySet

__all__ = [
    "ActionKind",
    "Article",
    "ArticleSection",
    "Capability",
    "EnforcementAction",
    "EnforcementActionQuerySet",
    "Milestone",
    "PointsEntry",
    "PointsEntryQuerySet",
    "Policy",
    "PolicyQuerySet",
    "PolicyVersion",
    "PolicyVersionQuerySet",
    "Severity",
    "Violation",
    "ViolationQuerySet",
]

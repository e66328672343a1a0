"""What pages of a seller are made of in this app."""

from kit.database.row_versions import Rows
from sellers.cached_pages import OF_MARKET, OF_SELLER

from .models import (
    Appeal,
    AppealDraft,
    AppealRequest,
    EnforcementAction,
    Milestone,
    PointsEntry,
    RulesChange,
    Violation,
)

OWN_APPEALS = f"SELECT id FROM {Appeal._meta.db_table} WHERE {OF_SELLER}"  # noqa: S608  # of names that are known
OWN_VIOLATIONS = f"SELECT id FROM {Violation._meta.db_table} WHERE {OF_SELLER}"  # noqa: S608  # likewise

PAGE_ROWS = [
    Rows(Violation, OF_SELLER),
    Rows(PointsEntry, OF_SELLER, newest="recorded_at"),
    Rows(EnforcementAction, OF_SELLER),
    Rows(Appeal, OF_SELLER),
    Rows(AppealDraft, f"user_id = %(person)s AND violation_id IN ({OWN_VIOLATIONS})"),
    Rows(AppealRequest, f"appeal_id IN ({OWN_APPEALS})"),
    Rows(Milestone, OF_MARKET),
    Rows(RulesChange, OF_MARKET),
]

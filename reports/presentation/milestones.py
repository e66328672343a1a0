"""The milestones of a week, the alert that one is near, and the enforcement actions that they led to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.formatting import capitalized
from violations.models.enforcement import ActionKind
from violations.wording.enforcement import capability_words, consequence

from ..models import ReportRun
from ..selectors import SellerWeek
from ..wording import figures
from ..wording import report as wording
from .contents import contents_of
from .links import violation_path
from .nodes import Alert, EnforcementNotice, Figures, MilestoneItem
from .tree import MilestonesAhead


def milestones_ahead(run: ReportRun, numbers: Figures) -> MilestonesAhead:
    """The milestones of a run's market as they were when it started, and where the seller stands before them."""
    items = [_milestone(kept, numbers) for kept in run.rules["milestones"]]
    return MilestonesAhead(
        items=items,
        next=next((one for one in items if one.points == numbers.next_milestone), None),
        distance=figures.distance_words(numbers.points_at_end, numbers.next_milestone),
    )


def _milestone(kept: Mapping[str, Any], numbers: Figures) -> MilestoneItem:
    points = kept["points"]
    is_next = points == numbers.next_milestone
    state = wording.milestone_state(milestone=points, total=numbers.points_at_end, is_next=is_next)
    return MilestoneItem(points, milestone_label(kept), state)


def milestone_label(milestone: Mapping[str, Any]) -> str:
    """What happens at a milestone that a run keeps."""
    words = consequence(
        milestone["kind"], capabilities=milestone["capabilities"], duration_days=milestone["duration_days"]
    )
    return capitalized(words)


def alert_of(week: SellerWeek, numbers: Figures) -> Alert | None:
    """Of the milestone that is near, and which violations of the week would lead there again."""
    near = (one for one in week.run.rules["milestones"] if one["points"] == numbers.next_milestone)
    milestone = next(near, None) if numbers.is_approaching else None
    if milestone is None:
        return None
    distance = milestone["points"] - numbers.points_at_end
    return Alert(
        title=wording.alert_title(distance=distance, milestone=milestone["points"]),
        text=wording.alert_text(
            distance=distance,
            milestone=milestone["points"],
            consequence=milestone_label(milestone),
            notice_days=milestone.get("notice_days", 0),
            points_by_policy={one.policy: one.points for one in contents_of(week).violations},
        ),
    )


def notice_of(action: Mapping[str, Any], week: SellerWeek) -> EnforcementNotice:
    word, lifted_at = str(ActionKind(action["kind"]).label), action.get("lifted_at")
    return EnforcementNotice(
        word=word,
        tone="info" if lifted_at else "bad",
        title=wording.action_title(
            word, milestone=action["milestone"], is_new=action["is_new"], lifted=lifted_at is not None
        ),
        text=wording.action_text(
            lost=capability_words(action["capabilities"]),
            starts_at=action["starts_at"],
            ends_at=action.get("ends_at"),
            lifted_at=lifted_at,
            zone=week.run.zone,
        ),
        href=violation_path(week.seller, action["violation_id"]),
    )

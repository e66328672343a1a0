"""Milestones reached, and the enforcement actions they lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from inbox.events.models import Event
from inbox.events.services import EventDraft, record_events
from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from kit.database.inserting import insert_rows, next_ids
from sellers.models import Market

from .. import rules
from ..models import SHORTENABLE, EnforcementAction, Milestone


class Assessment(NamedTuple):
    """Points that were just assessed: for which violation, and from when until when they count."""

    violation_id: int
    external_id: str
    seller_id: int
    points: int
    effective_at: datetime
    expires_at: datetime
    reason: str


@dataclass(frozen=True)
class _Crossing:
    assessment: Assessment
    milestone: Milestone
    total: int


def impose_actions(*, market: Market, assessments: Sequence[Assessment], now: datetime) -> None:
    """Impose what the milestones reached by these assessments lead to, each announced before it starts.

    The assessments are in the ledger; the caller holds their sellers locked; ``now`` is when they were recorded.
    """
    crossings = _crossings(market, assessments, now)
    if not crossings:
        return
    notices = post_messages(market=market, drafts=[_notice(market, crossing, now) for crossing in crossings], now=now)
    ids = next_ids(EnforcementAction, len(crossings))
    imposed = zip(ids, crossings, notices, strict=True)
    actions = [{"id": pk} | _action_row(crossing, notice, now) for pk, crossing, notice in imposed]
    insert_rows(EnforcementAction, actions, shared={"noticed_at": now, "lift_reason": "", "acknowledged_by": ""})
    events = [_announced(pk, crossing) for pk, crossing in zip(ids, crossings, strict=True)]
    record_events(market_id=market.pk, drafts=events, now=now)


def _announced(action_id: int, crossing: _Crossing) -> EventDraft:
    return EventDraft(crossing.assessment.seller_id, Event.Kind.ACTION_ANNOUNCED, {"action": action_id})


def _crossings(market: Market, assessments: Sequence[Assessment], now: datetime) -> list[_Crossing]:
    """The milestones reached, walking each seller's new assessments in the order in which they were issued."""
    counting = [a for a in assessments if a.effective_at <= now < a.expires_at]
    if not counting:
        return []
    totals = _totals_without(counting, as_of=now)
    milestones = {milestone.points: milestone for milestone in market.milestones.in_force(as_of=now)}
    crossings: list[_Crossing] = []
    for assessment in sorted(counting, key=lambda a: (a.seller_id, a.effective_at, a.external_id)):
        before = totals[assessment.seller_id]
        after = totals[assessment.seller_id] = before + assessment.points
        reached = rules.reached(before=before, after=after, thresholds=milestones)
        crossings += [_Crossing(assessment, milestones[points], after) for points in reached]
    return crossings


def _totals_without(assessments: list[Assessment], *, as_of: datetime) -> Counter[int]:
    """Each seller's total at a moment, not counting the given assessments."""
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, {"sellers": list({a.seller_id for a in assessments}), "at": as_of})
        totals = Counter(dict(cursor.fetchall()))
    for assessment in assessments:
        totals[assessment.seller_id] -= assessment.points
    return totals


# The total of each of some sellers at a moment: an index holds all that is asked for.
TOTALS = """
SELECT seller_id, sum(points) FROM violations_pointsentry
WHERE seller_id = ANY(%(sellers)s) AND effective_at <= %(at)s AND expires_at > %(at)s
GROUP BY seller_id
"""


def _action_row(crossing: _Crossing, notice_id: int, noticed_at: datetime) -> dict[str, object]:
    milestone = crossing.milestone
    starts_at, ends_at = milestone.period(noticed_at)
    return {
        "seller_id": crossing.assessment.seller_id,
        "milestone_id": milestone.pk,
        "violation_id": crossing.assessment.violation_id,
        "kind": milestone.kind,
        "capabilities": milestone.capabilities,
        "milestone_points": milestone.points,
        "total": crossing.total,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "notice_id": notice_id,
    }


def _notice(market: Market, crossing: _Crossing, now: datetime) -> MessageDraft:
    milestone = crossing.milestone
    starts_at, ends_at = milestone.period(now)
    return MessageDraft(
        seller_id=crossing.assessment.seller_id,
        kind=Message.Kind.ENFORCEMENT,
        template=Message.Template.MILESTONE_REACHED,
        about_kind="milestone",
        about_id=milestone.pk,
        data={
            "total": crossing.total,
            "milestone": milestone.points,
            "kind": milestone.kind,
            "capabilities": milestone.capabilities,
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at and ends_at.isoformat(),
            "zone": market.zone.key,
            "has_quiz": bool(market.milestone_quiz_share and ends_at and milestone.kind in SHORTENABLE),
        },
    )

"""Milestones reached, and the enforcement actions they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from inbox.models import Message
from inbox.services import MessageDraft, post_messages
from sellers.models import Market
from sellers.rules import counted

from .. import rules
from ..models import EnforcementAction, Milestone, PointsEntry, Violation
from ..selectors import forbidden_by


@dataclass(frozen=True)
class _Crossing:
    violation: Violation
    milestone: Milestone
    total: int


def impose_actions(*, market: Market, entries: Sequence[PointsEntry], now: datetime) -> list[EnforcementAction]:
    """Impose what the milestones reached by these assessments lead to, each announced before it starts.

    ``entries`` are what the caller just assessed to sellers that it holds locked; ``now`` is when they were recorded.
    """
    crossings = _crossings(market, entries, now)
    drafts = [_notice(market, crossing, now) for crossing in crossings]
    notices = post_messages(market=market, drafts=drafts, now=now)
    return EnforcementAction.objects.bulk_create(
        _action(crossing, notice) for crossing, notice in zip(crossings, notices, strict=True)
    )


def _crossings(market: Market, entries: Sequence[PointsEntry], now: datetime) -> list[_Crossing]:
    """The milestones reached, walking each seller's new entries in the order in which they were issued."""
    counting = [e for e in entries if e.effective_at <= now < e.expires_at]
    totals = _totals_without(counting, at=now)
    milestones = {milestone.points: milestone for milestone in market.milestones.all()}
    crossings: list[_Crossing] = []
    for entry in sorted(counting, key=lambda e: (e.seller_id, e.effective_at, e.violation.external_id)):
        before = totals.get(entry.seller_id, 0)
        after = totals[entry.seller_id] = before + entry.points
        reached = rules.reached(before=before, after=after, thresholds=milestones)
        crossings += [_Crossing(entry.violation, milestones[points], after) for points in reached]
    return crossings


def _totals_without(entries: list[PointsEntry], *, at: datetime) -> dict[int, int]:
    """Each seller's total at a moment, not counting the given entries."""
    others = PointsEntry.objects.filter(seller_id__in={e.seller_id for e in entries}).counting(at=at)
    others = others.exclude(pk__in=[e.pk for e in entries])
    return dict(others.order_by().values_list("seller_id").annotate(total=Sum("points")))


def _starts_at(milestone: Milestone, noticed_at: datetime) -> datetime:
    return noticed_at + timedelta(days=milestone.notice_days)


def _ends_at(milestone: Milestone, noticed_at: datetime) -> datetime | None:
    if milestone.duration_days is None:
        return None
    return _starts_at(milestone, noticed_at) + timedelta(days=milestone.duration_days)


def _action(crossing: _Crossing, notice: Message) -> EnforcementAction:
    milestone = crossing.milestone
    return EnforcementAction(
        seller_id=crossing.violation.seller_id,
        milestone=milestone,
        violation=crossing.violation,
        kind=milestone.kind,
        capabilities=milestone.capabilities,
        milestone_points=milestone.points,
        total=crossing.total,
        starts_at=_starts_at(milestone, notice.posted_at),
        ends_at=_ends_at(milestone, notice.posted_at),
        notice=notice,
        noticed_at=notice.posted_at,
    )


def _notice(market: Market, crossing: _Crossing, now: datetime) -> MessageDraft:
    milestone, zone = crossing.milestone, market.zone
    reached = counted(milestone.points, "point")
    starts_at = _starts_at(milestone, now).astimezone(zone)
    ends_at = _ends_at(milestone, now)
    until = f"until {ends_at.astimezone(zone):%d %B %Y, %H:%M}" if ends_at else "until it is lifted"
    lines = [
        f"Your total is now {counted(crossing.total, 'point')} and has reached the milestone of {reached}.",
        f"**{milestone.get_kind_display()}** from {starts_at:%d %B %Y, %H:%M} {until} ({market.time_zone}).",
    ]
    if milestone.capabilities:
        lines.append(f"During this time you cannot {forbidden_by(milestone.capabilities)}.")
    return MessageDraft(
        seller_id=crossing.violation.seller_id,
        kind=Message.Kind.ENFORCEMENT,
        subject=f"{milestone.get_kind_display()}: you reached {reached}",
        body="\n\n".join(lines),
        path=crossing.violation.seller.get_absolute_url(),
        action="See what to do",
    )

"""How a seller's total went in the past half year and how it goes in the coming one: what a timeline shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from kit.dates import local_midnight
from sellers.models import Seller

from .. import rules
from ..models import EnforcementAction, Milestone
from .explanation import Explanation

HALF_YEAR = timedelta(weeks=26)


class DeadlineKind(Enum):
    """What a seller can do until a deadline."""

    QUIZ = "quiz"
    APPEAL = "appeal"


@dataclass(frozen=True)
class Deadline:
    """Until when a seller can take the quiz of a policy, or appeal a violation of it: the first moment after."""

    at: datetime
    kind: DeadlineKind
    policy_name: str


@dataclass(frozen=True)
class Timeline:
    """A seller's total from ``since`` until ``until``, with what it is made of and what comes beside it.

    ``changes`` are over all time, if nothing is added; ``planned`` are those from ``now`` on with a plan, ``None``
    without one. ``at`` is the moment that is looked at.
    """

    seller: Seller
    now: datetime
    at: datetime
    since: datetime
    until: datetime
    periods: Sequence[rules.PointsPeriod]
    changes: Sequence[rules.TotalChange]
    plan: Sequence[rules.PointsPeriod]
    planned: Sequence[rules.TotalChange] | None
    milestones: Sequence[Milestone]
    actions: Sequence[EnforcementAction]
    deadlines: Sequence[Deadline]


def timeline_of(
    explanation: Explanation, *, plan: Sequence[rules.PointsPeriod] = (), deadlines: Iterable[Deadline] = ()
) -> Timeline:
    """The timeline of what was explained: 26 weeks each way from now, and as far as the moment explained.

    ``plan`` are credits that a plan would bring, with points below zero, each until the points it takes off expire.
    """
    seller, now, at, periods = explanation.seller, explanation.now, explanation.as_of, explanation.periods
    since, until = _start(min(at, now), seller=seller), max(at, now + HALF_YEAR)
    return Timeline(
        seller=seller,
        now=now,
        at=at,
        since=since,
        until=until,
        periods=periods,
        changes=explanation.total_changes,
        plan=plan,
        planned=_from(now, rules.total_changes([*periods, *plan])) if plan else None,
        milestones=explanation.standing.milestones,
        actions=_in_between(explanation.actions, since, until),
        deadlines=sorted((one for one in deadlines if now < one.at <= until), key=lambda one: one.at),
    )


def _in_between(actions: Iterable[EnforcementAction], since: datetime, until: datetime) -> list[EnforcementAction]:
    """The actions in force at some moment between two, the first first."""
    found = [one for one in actions if one.takes_effect and one.starts_at <= until and not _is_over(one, since)]
    return sorted(found, key=lambda action: (action.starts_at, action.pk))


def _start(moment: datetime, *, seller: Seller) -> datetime:
    """The start of the local day half a year before a moment."""
    zone = seller.market.zone
    return local_midnight((moment - HALF_YEAR).astimezone(zone).date(), zone=zone).astimezone(UTC)


def _is_over(action: EnforcementAction, moment: datetime) -> bool:
    return action.end is not None and action.end <= moment


def _from(now: datetime, changes: Iterable[rules.TotalChange]) -> list[rules.TotalChange]:
    return [change for change in changes if change.at >= now]

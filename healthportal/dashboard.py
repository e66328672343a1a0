"""What a seller's dashboard shows: the reads that bring the apps together. ``presentation`` puts them in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from inbox.selectors import read_news
from policies.models import PolicyVersion
from quizzes.next_steps import NextStep, NextSteps, steps_among
from quizzes.plan.rules import Plan, keep
from quizzes.plan.selectors import plan_of, prospect_of
from quizzes.selectors import MilestoneQuiz, milestone_quizzes
from reports.models import WeeklyReport
from sellers.models import Seller
from violations import rules
from violations.models import AppealDraft, EnforcementAction
from violations.selectors import (
    Explanation,
    Origins,
    Standing,
    Timeline,
    drafts_of,
    explain,
    points_by_origin,
    timeline_of,
)
from violations.what_if_page import WhatIfPage, what_if_page
from workshops.models import Signup, Workshop
from workshops.selectors import open_workshops_for

from .dates.selectors import DateReads, NextDate, ahead_of, next_dates, one_appeal
from .deadlines import deadlines_of
from .since_last_visit import IMPORTANT, SinceLastVisit, since_last_visit

RECENT = 4
DATES = 6


@dataclass(frozen=True)
class Dashboard:
    """A seller's account health as of a moment, in the order in which the page tells it.

    ``in_force`` and ``upcoming`` are enforcement actions, the worst first. ``draft`` is the member's own of an appeal
    that they did not file, the one that is due first.
    """

    seller: Seller
    as_of: datetime
    standing: Standing
    in_force: Sequence[EnforcementAction]
    upcoming: Sequence[EnforcementAction]
    next: NextSteps
    plan: Plan
    milestones: Sequence[MilestoneQuiz]
    appeals: Sequence[NextStep]
    draft: AppealDraft | None
    timeline: Timeline
    what_if: WhatIfPage | None
    origins: Origins
    report: WeeklyReport | None
    signups: Sequence[Signup]
    workshops: Sequence[Workshop]
    since: SinceLastVisit
    dates: Sequence[NextDate]


def get_dashboard(
    *,
    seller: Seller,
    user: User | None,
    last_visit: datetime | None,
    as_of: datetime,
    kept: Collection[str] | None = None,
) -> Dashboard:
    """Read everything the dashboard shows (2 queries, however much there is).

    ``user`` is ``None`` for staff who view as the seller. ``last_visit`` is when the person's visit before this one
    ended, ``None`` at the first. ``kept`` are the keys of the steps of the plan that the seller keeps; all are kept if
    it is left out.
    """
    ahead = DateReads(seller=seller, as_of=as_of)
    reads = _Reads(seller=seller, user=user, last_visit=last_visit, as_of=as_of)
    explanation = explain(seller=seller, as_of=as_of, now=as_of, beside=[*ahead, *reads])
    steps = steps_among(ahead.quizzes, seller=seller, prospect=prospect_of(explanation))
    milestones = milestone_quizzes(seller=seller, as_of=as_of)
    plan = plan_of(steps.prospect, steps.planned, standing=explanation.standing, milestones=milestones)
    return Dashboard(
        seller=seller,
        as_of=as_of,
        milestones=milestones,
        draft=next(iter(reads.drafts), None),
        since=since_last_visit(explanation, reads.news, at=last_visit),
        report=next(iter(reads.reports), None),
        workshops=list(reads.workshops),
        **_where_it_stands(explanation, ahead.versions),
        **_what_comes(explanation, steps, plan if kept is None else keep(plan, keys=kept), ahead),
    )


class _Reads:
    """What is read for the dashboard alone: the member's drafts and news, the last report, the nearest workshops."""

    def __init__(self, *, seller: Seller, user: User | None, last_visit: datetime | None, as_of: datetime) -> None:
        drafts = AppealDraft.objects.none() if user is None else drafts_of(seller=seller, member=user, as_of=as_of)
        self.drafts = drafts[:1]
        self.news = read_news(seller=seller, user=user, since=last_visit, important=IMPORTANT)
        self.reports = WeeklyReport.objects.published().filter(seller=seller).order_by("-week_start")[:1]
        self.workshops = open_workshops_for(seller=seller, as_of=as_of, also_own=False)[:2]

    def __iter__(self) -> Iterator[QuerySet[Any, Any]]:
        return iter((self.drafts, self.news, self.reports, self.workshops))


def _where_it_stands(explanation: Explanation, versions: Iterable[PolicyVersion]) -> dict[str, Any]:
    """The standing, what it is made of and what one more violation would do to it."""
    standing = explanation.standing
    return {
        "standing": standing,
        "in_force": worst_first(standing.in_force),
        "upcoming": worst_first(standing.upcoming),
        "origins": points_by_origin(explanation.counting),
        "what_if": what_if_page(explanation, versions, query={}),
    }


def _what_comes(explanation: Explanation, steps: NextSteps, plan: Plan, reads: DateReads) -> dict[str, Any]:
    """The plan with the dates ahead, and the timeline of both."""
    seller, now = explanation.seller, explanation.now
    ahead = ahead_of(explanation, steps, reads)
    deadlines = deadlines_of([*steps.quizzes, *ahead.appeals])
    return {
        "next": steps,
        "plan": plan,
        "appeals": ahead.appeals,
        "timeline": timeline_of(explanation, plan=plan.credits, deadlines=deadlines),
        "signups": ahead.signups[:RECENT],
        "dates": one_appeal(next_dates(ahead, as_of=now, zone=seller.market.zone))[:DATES],
    }


def worst_first(actions: Sequence[EnforcementAction]) -> list[EnforcementAction]:
    levels = list(rules.StandingLevel)
    return sorted(actions, key=lambda action: -levels.index(rules.LEVEL_OF_ACTION[action.kind]))

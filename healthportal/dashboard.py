"""What a seller's dashboard shows: the reads that bring the apps together. ``presentation`` puts them in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from policies.models import PolicyVersion
from policies.selectors import current_versions
from quizzes.next_steps import NextStep, NextSteps, next_steps
from quizzes.plan.rules import Plan, keep
from quizzes.plan.selectors import plan_of, prospect_of
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

from .dates.selectors import NextDate, ahead_of, next_dates, one_appeal
from .deadlines import deadlines_of
from .since import SinceLastVisit, since_last_visit

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
    user: User,
    last_visit: datetime | None,
    as_of: datetime,
    kept: Collection[str] | None = None,
) -> Dashboard:
    """Read everything the dashboard shows, in the same number of queries however much there is.

    ``last_visit`` is when the person's visit before this one ended, ``None`` at the first. ``kept`` are the keys of the
    steps of the plan that the seller keeps; all are kept if it is left out.
    """
    explanation = explain(seller=seller, as_of=as_of, now=as_of)
    prospect = prospect_of(explanation)
    steps = next_steps(seller=seller, as_of=as_of, prospect=prospect)
    plan = plan_of(prospect, steps.planned, standing=explanation.standing)
    versions = current_versions(as_of=as_of)
    return Dashboard(
        seller=seller,
        as_of=as_of,
        draft=next(iter(drafts_of(seller=seller, member=user, as_of=as_of)), None),
        since=since_last_visit(explanation, user=user, at=last_visit),
        report=WeeklyReport.objects.published().filter(seller=seller).order_by("-week_start").first(),
        workshops=list(open_workshops_for(seller=seller, as_of=as_of)[:2]),
        **_where_it_stands(explanation, versions),
        **_what_comes(explanation, steps, plan if kept is None else keep(plan, keys=kept), versions),
    )


def _where_it_stands(explanation: Explanation, versions: Sequence[PolicyVersion]) -> dict[str, Any]:
    """The standing, what it is made of and what one more violation would do to it."""
    standing = explanation.standing
    return {
        "standing": standing,
        "in_force": worst_first(standing.in_force),
        "upcoming": worst_first(standing.upcoming),
        "origins": points_by_origin(explanation.counting),
        "what_if": what_if_page(explanation, versions, query={}),
    }


def _what_comes(
    explanation: Explanation, steps: NextSteps, plan: Plan, versions: Sequence[PolicyVersion]
) -> dict[str, Any]:
    """The plan with the dates ahead, and the timeline of both (3 queries)."""
    seller, now = explanation.seller, explanation.now
    ahead = ahead_of(plan.prospect, seller=seller, standing=explanation.standing, steps=steps, versions=versions)
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

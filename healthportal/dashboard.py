"""What a seller's dashboard shows: the reads that bring the apps together. ``presentation`` puts them in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from inbox.models import Message
from inbox.selectors import messages_of
from quizzes.next_steps import NextStep, NextSteps, next_steps
from quizzes.plan.rules import Plan, keep
from quizzes.plan.selectors import plan_of, prospect_of
from reports.models import WeeklyReport
from sellers.models import Seller
from violations import rules
from violations.models import EnforcementAction
from violations.selectors import Origins, Standing, Timeline, explain, points_by_origin, timeline_of
from violations.what_if_page import WhatIfPage, what_if_page
from workshops.models import Signup, Workshop
from workshops.selectors import open_workshops_for

from .dates.selectors import NextDate, ahead_of, next_dates, one_appeal
from .deadlines import deadlines_of
from .since import SinceLastVisit, since_last_visit

RECENT = 4
DATES = 6
IMPORTANT = (Message.Kind.VIOLATION, Message.Kind.ENFORCEMENT, Message.Kind.APPEAL)


@dataclass(frozen=True)
class Dashboard:
    """A seller's account health as of a moment, in the order in which the page tells it.

    ``in_force`` and ``upcoming`` are enforcement actions, the worst first.
    """

    seller: Seller
    as_of: datetime
    standing: Standing
    in_force: Sequence[EnforcementAction]
    upcoming: Sequence[EnforcementAction]
    next: NextSteps
    plan: Plan
    appeals: Sequence[NextStep]
    timeline: Timeline
    unread_important: Message | None
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
    standing, prospect = explanation.standing, prospect_of(explanation)
    steps = next_steps(seller=seller, as_of=as_of, prospect=prospect)
    plan = plan_of(prospect, steps.planned, standing=standing)
    if kept is not None:
        plan = keep(plan, keys=kept)
    origins = points_by_origin(seller=seller, as_of=as_of)
    ahead = ahead_of(prospect, seller=seller, standing=standing, steps=steps)
    return Dashboard(
        seller=seller,
        as_of=as_of,
        standing=standing,
        in_force=worst_first(standing.in_force),
        upcoming=worst_first(standing.upcoming),
        next=steps,
        plan=plan,
        appeals=ahead.appeals,
        timeline=timeline_of(explanation, plan=plan.credits, deadlines=deadlines_of([*steps.quizzes, *ahead.appeals])),
        unread_important=_unread_important(seller=seller, user=user),
        what_if=what_if_page(seller=seller, query={}, origins=origins, now=as_of, explanation=explanation),
        origins=origins,
        report=WeeklyReport.objects.published().filter(seller=seller).order_by("-week_start").first(),
        signups=ahead.signups[:RECENT],
        workshops=list(open_workshops_for(seller=seller, as_of=as_of)[:2]),
        since=since_last_visit(seller=seller, user=user, at=last_visit, as_of=as_of),
        dates=one_appeal(next_dates(ahead, as_of=as_of, zone=seller.market.zone))[:DATES],
    )


def _unread_important(*, seller: Seller, user: User) -> Message | None:
    """The latest unread message that asks for something; a receipt does not."""
    important = messages_of(seller=seller, user=user).unread(user=user).filter(kind__in=IMPORTANT)
    return important.exclude(template=Message.Template.APPEAL_FILED).first()


def worst_first(actions: Sequence[EnforcementAction]) -> list[EnforcementAction]:
    levels = list(rules.StandingLevel)
    return sorted(actions, key=lambda action: -levels.index(rules.LEVEL_OF_ACTION[action.kind]))

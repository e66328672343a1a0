"""Tags that say what to do next. They read the steps of the page's seller once a page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from quizzes import wording
from quizzes.next_steps import NextStep, NextSteps, appeal_steps, next_steps
from quizzes.plan.selectors import prospect_of
from quizzes.presentation import ShownStep, show_step
from sellers.access import acts_for
from sellers.models import Seller
from violations.selectors import Explanation, Timeline, timeline_of

from ..deadlines import deadlines_of

register = template.Library()


@register.simple_tag(takes_context=True)
def next_step(context: Context, violation: Any) -> ShownStep:
    """The next step about a violation of the page's seller: ``{% next_step violation as step %}``."""
    return _shown(context, _steps(context).about(violation))


@register.simple_tag(takes_context=True)
def first_step(context: Context) -> ShownStep | None:
    """The quiz to take first, if one brings anything."""
    first = next(iter(_steps(context).quizzes), None)
    return _shown(context, first) if first else None


@register.simple_tag(takes_context=True)
def reward_limit(context: Context) -> str:
    """How many of the violations with an open quiz the market's limit leaves out; empty if none."""
    return wording.reward_limit(_steps(context).limit)


@register.simple_tag(takes_context=True)
def timeline_with_steps(context: Context, explanation: Explanation) -> Timeline:
    """The timeline of an explanation with the plan and the deadlines of its steps (1 query more than the steps)."""
    appeals = appeal_steps(seller=explanation.seller, as_of=explanation.now)
    steps = _steps(context)
    plan = [planned.credit for planned in steps.planned]
    return timeline_of(explanation, plan=plan, deadlines=deadlines_of([*steps.quizzes, *appeals]))


def _shown(context: Context, step: NextStep) -> ShownStep:
    seller = context["request"].seller
    return show_step(step, zone=seller.market.zone, acts=acts_for(seller))


def _read_steps(seller: Seller, explanation: Explanation | None) -> NextSteps:
    """The steps of now; an explanation of now on the page has read what is to come (2 queries less)."""
    if explanation is None or explanation.as_of != explanation.now:
        return next_steps(seller=seller, as_of=timezone.now())
    return next_steps(seller=seller, as_of=explanation.now, prospect=prospect_of(explanation))


def _steps(context: Context) -> NextSteps:
    request = context["request"]
    if not hasattr(request, "next_steps"):
        request.next_steps = _read_steps(request.seller, context.get("explanation"))
    found: NextSteps = request.next_steps
    return found

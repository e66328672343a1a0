"""Tags that say what to do next. They read the steps of the page's seller once a page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from quizzes import wording
from quizzes.next_steps import NextStep, NextSteps, appeal_reads, appeal_steps_among, steps_of_page
from quizzes.presentation import ShownStep, show_milestone, show_step
from quizzes.selectors import milestone_quizzes
from sellers.access import acts_for
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
def milestone_steps(context: Context) -> list[ShownStep]:
    """The milestone quizzes that shorten actions of the page's seller (no query where the market has none)."""
    seller = context["request"].seller
    offers = milestone_quizzes(seller=seller, as_of=timezone.now())
    return [show_milestone(one, zone=seller.market.zone, acts=acts_for(seller)) for one in offers]


@register.simple_tag(takes_context=True)
def reward_limit(context: Context) -> str:
    """How many of the violations with an open quiz the market's limit leaves out; empty if none."""
    return wording.reward_limit(_steps(context).limit)


@register.simple_tag(takes_context=True)
def timeline_with_steps(context: Context, explanation: Explanation) -> Timeline:
    """The timeline of an explanation with the plan and the deadlines of its steps."""
    steps, appeals = _steps(context), appeal_steps_among(context["request"].violations_to_appeal)
    plan = [planned.credit for planned in steps.planned]
    return timeline_of(explanation, plan=plan, deadlines=deadlines_of([*steps.quizzes, *appeals]))


def _shown(context: Context, step: NextStep) -> ShownStep:
    seller = context["request"].seller
    return show_step(step, zone=seller.market.zone, acts=acts_for(seller))


def _steps(context: Context) -> NextSteps:
    """The steps of now; where an explanation is shown, with the violations that can be appealed."""
    request, now = context["request"], timezone.now()
    if "explanation" not in context:
        return steps_of_page(request.seller, as_of=now)
    if not hasattr(request, "violations_to_appeal"):
        request.violations_to_appeal = appeal_reads(seller_ids=[request.seller.pk], as_of=now)
    return steps_of_page(request.seller, as_of=now, beside=[request.violations_to_appeal])

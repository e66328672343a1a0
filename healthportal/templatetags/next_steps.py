"""Tags that say what to do next. They read the quizzes open to the page's seller, once a page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from healthportal.next_steps import NextStep, quiz_step, quizzes_by_policy, step_for
from quizzes.selectors import OpenQuiz

register = template.Library()


@register.simple_tag(takes_context=True)
def next_step(context: Context, violation: Any) -> NextStep:
    """The next step about a violation of the page's seller: ``{% next_step violation as step %}``."""
    return step_for(violation, quizzes=_quizzes(context))


@register.simple_tag(takes_context=True)
def first_step(context: Context) -> NextStep | None:
    """The quiz with the next deadline that the page's seller can take, if there is one."""
    quizzes = list(_quizzes(context).values())
    return quiz_step(quizzes[0], names_policy=True) if quizzes else None


def _quizzes(context: Context) -> dict[int, OpenQuiz]:
    request = context["request"]
    if not hasattr(request, "quizzes_by_policy"):
        request.quizzes_by_policy = quizzes_by_policy(seller=request.seller, at=timezone.now())
    found: dict[int, OpenQuiz] = request.quizzes_by_policy
    return found

"""A seller's quizzes: what is open, and what is at stake before one starts. Taking one is in ``attempt_views``."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kit.outcomes import Refused
from kit.pages.paging import read_page
from sellers.access import SellerRequest, acts_for, seller_view

from . import services, wording
from .attempt_wording import time_allowed, time_left
from .forms import StartForm
from .models import Attempt, Quiz
from .next_steps import next_steps
from .presentation import next_page, show_steps
from .selectors import OpenQuiz, attempts_of, effect_ahead, milestone_quizzes, quiz_for, quiz_page, sections_asked

PAGE_SIZE = 20
VIOLATIONS_LISTED = 3
"""How many violations to choose from stand open."""


@require_GET
@seller_view
def quiz_list(request: SellerRequest) -> HttpResponse:
    """What is open now, with deadlines and what is at stake, and the attempts so far."""
    now = timezone.now()
    plan = next_steps(seller=request.seller, as_of=now)
    context = {
        "steps": show_steps(
            [*plan.quizzes, *plan.closed], zone=request.seller.market.zone, acts=acts_for(request.seller)
        ),
        "limit": wording.reward_limit(plan.limit),
        "milestones": milestone_quizzes(seller=request.seller, as_of=now),
        "page": read_page(attempts_of(request.seller), wanted=request.GET.get("page"), size=PAGE_SIZE),
    }
    return render(request, "quizzes/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def detail(request: SellerRequest, policy: str) -> HttpResponse:
    """A quiz before it starts; a POST starts it or takes up the open attempt."""
    quiz = _get_quiz(request, policy)
    form = StartForm(request.POST if request.method == "POST" else None, seller=request.seller)
    if form.is_valid():
        try:
            return redirect(next_page(_start(request, quiz, form), now=timezone.now()))
        except Refused as refused:
            form.add_error(None, str(refused))
    now = timezone.now()
    item = quiz_for(seller=request.seller, quiz=quiz, as_of=now)
    attempts = list(attempts_of(request.seller).filter(quiz=quiz, action=None)[:PAGE_SIZE])
    open_attempt = next((attempt for attempt in attempts if attempt.is_open(as_of=now)), None)
    context: dict[str, object] = {
        "quiz": quiz,
        "item": item,
        "attempts": attempts,
        "open_attempt": open_attempt,
        "attempt_left": time_left(open_attempt.ends_at, now=now) if open_attempt else "",
        "form": form,
        "minutes": time_allowed(request.user.time_factor),
    }
    if item:
        context |= _stakes(item, request.GET.get("violation", ""), request=request, now=now)
    return render(request, "quizzes/detail.html", context)


def _stakes(item: OpenQuiz, asked: str, *, request: SellerRequest, now: datetime) -> dict[str, object]:
    """What a pass would do, and the violations to pick from; picked is the one asked for, else the quiz's own."""
    picked = next((one for one in item.eligible if str(one.violation.pk) == asked), item.goal)
    in_order = sorted(item.eligible, key=lambda one: one is not picked)
    return {
        "picked": picked,
        "first": in_order[:VIOLATIONS_LISTED],
        "others": in_order[VIOLATIONS_LISTED:],
        "effect": effect_ahead(seller=request.seller, points=item.gain_on(picked), as_of=now),
        "time_left": time_left(picked.closes_at, now=now),
        "sections": sections_asked(item.quiz),
    }


def _start(request: SellerRequest, quiz: Quiz, form: StartForm) -> Attempt:
    return services.start_attempt(
        quiz=quiz,
        seller=request.seller,
        user=request.user,
        violation=form.cleaned_data["violation"],
        now=timezone.now(),
    )


def _get_quiz(request: SellerRequest, policy: str) -> Quiz:
    try:
        return quiz_page(seller=request.seller, policy_code=policy)
    except Quiz.DoesNotExist:
        raise Http404("No such quiz.") from None

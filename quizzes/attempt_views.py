"""Taking a quiz: one question a page, a check, the result. Every change is a POST to a service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kit.outcomes import Refused
from sellers.access import SellerRequest, seller_view
from sellers.models import Seller
from sellers.rules import Right
from sellers.wording import why_not
from violations.selectors import market_rules

from . import attempt_wording as wording
from . import rules, services
from .forms import ChoicesForm
from .models import Attempt, AttemptQuestion
from .next_steps import NextStep, next_steps
from .presentation import next_page, question_url, show_step
from .selectors import TakenAttempt, effect_of, get_taken_attempt, quiz_for, sections_to_read


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def question(request: SellerRequest, attempt_id: int, position: int) -> HttpResponse:
    """One question; a POST stores the answer and goes to the next one without an answer, or to the check."""
    now = timezone.now()
    found = _get_attempt(request, attempt_id)
    attempt, answers = found.attempt, found.answers
    if why_not(request.seller, Right.QUIZ):
        return _look(attempt)
    answer = next((answer for answer in answers if answer.position == position), None)
    if answer is None:
        raise Http404("The attempt has no such question.")
    data = request.POST if request.method == "POST" else None
    form = ChoicesForm(data, choices=answer.places, several=answer.several)
    if not attempt.is_open(as_of=now) or (form.is_valid() and _store(request, form, attempt, answer, now=now)):
        return redirect(next_page(attempt, after=position, now=now))
    context = _open_attempt(request, attempt, now=now) | {
        "answer": answer,
        "count": len(answers),
        "previous": position - 1,
        "how": wording.how_to_answer(several=answer.several),
        "is_last": all(other.chosen for other in answers if other is not answer),
        "form": form,
    }
    return render(request, "quizzes/question.html", context)


def _store(
    request: SellerRequest, form: ChoicesForm, attempt: Attempt, answer: AttemptQuestion, *, now: datetime
) -> bool:
    """Whether the answer was stored, or came too late to matter; otherwise the form says what is wrong."""
    choices = answer.choices_at(form.cleaned_data["choice"])
    try:
        services.answer_question(attempt=attempt, user=request.user, position=answer.position, choices=choices, now=now)
    except services.AttemptOver:  # Submitted in another tab, between reading the attempt and storing the answer.
        return True
    except Refused as refused:
        form.add_error("choice", str(refused))
        return False
    return True


@require_GET
@seller_view
def review(request: SellerRequest, attempt_id: int) -> HttpResponse:
    """All answers before they are submitted."""
    now = timezone.now()
    found = _get_attempt(request, attempt_id)
    attempt, answers = found.attempt, found.answers
    if not attempt.is_open(as_of=now):
        return redirect(attempt)
    if why_not(request.seller, Right.QUIZ):
        return _look(attempt)
    missing = next((answer for answer in answers if not answer.chosen), None)
    context = _open_attempt(request, attempt, now=now) | {"answers": answers, "missing": missing}
    return render(request, "quizzes/review.html", context)


def _open_attempt(request: SellerRequest, attempt: Attempt, *, now: datetime) -> dict[str, Any]:
    """What stands on each page of an attempt that is open: until when, and what a pass brings."""
    return {
        "attempt": attempt,
        "time_left": wording.time_left(attempt.ends_at, now=now),
        "item": None if attempt.action_id else quiz_for(seller=request.seller, quiz=attempt.quiz, as_of=now),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def attempt(request: SellerRequest, attempt_id: int) -> HttpResponse:
    """An open attempt is continued where it was left; one that is over shows its result. A POST submits."""
    found, now = _get_attempt(request, attempt_id), timezone.now()
    if request.method == "POST":
        return _submit(request, found.attempt, now=now)
    if found.attempt.is_open(as_of=now):
        return redirect(next_page(found.attempt, now=now))
    return render(request, "quizzes/result.html", _result(request, found, now=now))


def _result(request: SellerRequest, found: TakenAttempt, *, now: datetime) -> dict[str, Any]:
    """What became of an attempt, what to read, and what to do next."""
    attempt, answers, seller = found.attempt, found.answers, request.seller
    milestones = seller.market.milestones.all()
    plan = next_steps(seller=seller, as_of=now, beside=[milestones])
    item = None if attempt.action_id else plan.open_quizzes.get(attempt.quiz.policy.code)
    own = next((step for step in plan.quizzes if step.quiz is item and item and not attempt.passed), None)
    following = _following(plan.quizzes, own)
    zone = seller.market.zone
    return {
        "attempt": attempt,
        "is_timed_out": attempt.state(as_of=now) is Attempt.State.TIMED_OUT,
        "over_at": attempt.submitted_at or attempt.ends_at,
        "effect": effect_of(found, milestones),
        "had_rewards": _had_rewards(seller, attempt, now=now),
        "right": [answer for answer in answers if answer.is_right],
        "wrong": [answer for answer in answers if not answer.is_right],
        "tells_all": rules.tells_all(passed=bool(attempt.passed), can_take=bool(item and item.can_take)),
        "sections": sections_to_read(answers),
        "item": item,
        "step": show_step(following, zone=zone) if following else None,
        "later": show_step(own, zone=zone) if own and own is not following else None,
        "total": plan.prospect.total_at(now),
    }


def _following(steps: Sequence[NextStep], own: NextStep | None) -> NextStep | None:
    """What to do next: the same quiz again, unless it has to wait and another has not; ``steps`` begin with those."""
    first = next(iter(steps), None)
    if own is None or (own.opens_at and first and first.opens_at is None):
        return first
    return own


def _had_rewards(seller: Seller, attempt: Attempt, *, now: datetime) -> bool:
    """Whether the market rewarded passes when the attempt was submitted: asked where one was not for its limit."""
    if attempt.unrewarded != Attempt.Unrewarded.LIMIT:
        return True
    return market_rules(seller.market, as_of=attempt.submitted_at or now).rewarded_passes_per_month > 0


def _look(attempt: Attempt) -> HttpResponse:
    """Whoever takes no quizzes sees the quiz, where it says who does."""
    return redirect(attempt.start_path)


def _submit(request: SellerRequest, attempt: Attempt, *, now: datetime) -> HttpResponse:
    try:
        return redirect(services.submit_attempt(attempt=attempt, user=request.user, now=now))
    except services.UnansweredQuestion as refused:
        messages.error(request, str(refused))
        return redirect(question_url(attempt, refused.position))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(request.path)


def _get_attempt(request: SellerRequest, attempt_id: int) -> TakenAttempt:
    try:
        return get_taken_attempt(seller=request.seller, attempt_id=attempt_id)
    except Attempt.DoesNotExist:
        raise Http404("No such attempt.") from None

"""A seller's quizzes: what is open, one question a page, the result. Every change is a POST to a service."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kit.outcomes import Refused
from sellers.access import SellerRequest, acts_for, seller_view
from sellers.rules import Right
from sellers.wording import why_not
from violations.models import PointsEntry
from violations.selectors import market_rules

from . import services, wording
from .forms import AnswerForm, StartForm
from .models import Attempt, AttemptQuestion, Quiz
from .next_steps import next_steps
from .presentation import show_step, show_steps
from .selectors import (
    OpenQuiz,
    answers_of,
    attempts_of,
    effect_of,
    get_attempt,
    quiz_for,
    quiz_page,
    sections_to_read,
)

PAGE_SIZE = 20


@require_GET
@seller_view
def quiz_list(request: SellerRequest) -> HttpResponse:
    """What is open now, with deadlines and what is at stake, and the attempts so far."""
    plan = next_steps(seller=request.seller, as_of=timezone.now())
    context = {
        "steps": show_steps(
            [*plan.quizzes, *plan.closed], zone=request.seller.market.zone, acts=acts_for(request.seller)
        ),
        "limit": wording.reward_limit(plan.limit),
        "page": Paginator(attempts_of(request.seller), PAGE_SIZE).get_page(request.GET.get("page")),
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
            return redirect(_next_page(_start(request, quiz, form)))
        except Refused as refused:
            form.add_error(None, str(refused))
    item = _quiz_now(request, quiz)
    attempts = list(attempts_of(request.seller).filter(quiz=quiz)[:PAGE_SIZE])
    context = {
        "quiz": quiz,
        "item": item,
        "picked": _picked(item, request.GET.get("violation", "")),
        "attempts": attempts,
        "open_attempt": next((attempt for attempt in attempts if attempt.is_open), None),
        "form": form,
    }
    return render(request, "quizzes/detail.html", context)


def _picked(item: OpenQuiz | None, asked: str) -> int | None:
    """The violation that is picked when the page opens: the one that was asked for, else the quiz's own."""
    if item is None:
        return None
    eligible = {str(one.violation.pk): one.violation.pk for one in item.eligible}
    return eligible.get(asked, item.goal.violation.pk)


def _start(request: SellerRequest, quiz: Quiz, form: StartForm) -> Attempt:
    return services.start_attempt(
        quiz=quiz,
        seller=request.seller,
        user=request.user,
        violation=form.cleaned_data["violation"],
        now=timezone.now(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def question(request: SellerRequest, attempt_id: int, position: int) -> HttpResponse:
    """One question; a POST stores the answer and goes to the next one without an answer, or to the review."""
    attempt = _get_attempt(request, attempt_id)
    if why_not(request.seller, Right.QUIZ):
        return _look(attempt)
    answers = answers_of(attempt)
    answer = next((answer for answer in answers if answer.position == position), None)
    if answer is None:
        raise Http404("The attempt has no such question.")
    form = AnswerForm(request.POST if request.method == "POST" else None, asked=answer)
    if not attempt.is_open or (form.is_valid() and _store(request, form, attempt, answer)):
        return redirect(_next_page(attempt, after=position))
    context = {
        "attempt": attempt,
        "answer": answer,
        "count": len(answers),
        "previous": position - 1,
        "how": wording.how_to_answer(several=answer.several),
        "is_last": all(other.chosen for other in answers if other is not answer),
        "form": form,
        "item": _quiz_now(request, attempt.quiz),
    }
    return render(request, "quizzes/question.html", context)


def _store(request: SellerRequest, form: AnswerForm, attempt: Attempt, answer: AttemptQuestion) -> bool:
    """Whether the answer was stored, or came too late to matter; otherwise the form says what is wrong."""
    try:
        services.answer_question(
            attempt=attempt,
            user=request.user,
            position=answer.position,
            choices=form.cleaned_data["choice"],
            now=timezone.now(),
        )
    except services.AttemptSubmitted:  # In another tab, between reading the attempt and storing the answer.
        return True
    except Refused as refused:
        form.add_error("choice", str(refused))
        return False
    return True


@require_GET
@seller_view
def review(request: SellerRequest, attempt_id: int) -> HttpResponse:
    """All answers before they are submitted."""
    attempt = _get_attempt(request, attempt_id)
    if not attempt.is_open:
        return redirect(attempt)
    if why_not(request.seller, Right.QUIZ):
        return _look(attempt)
    answers = answers_of(attempt)
    missing = next((answer for answer in answers if not answer.chosen), None)
    context = {
        "attempt": attempt,
        "answers": answers,
        "missing": missing,
        "item": _quiz_now(request, attempt.quiz),
    }
    return render(request, "quizzes/review.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def attempt(request: SellerRequest, attempt_id: int) -> HttpResponse:
    """An open attempt is continued where it was left; a submitted one shows its result. A POST submits."""
    attempt = _get_attempt(request, attempt_id)
    if request.method == "POST":
        return _submit(request, attempt)
    if attempt.is_open:
        return redirect(_next_page(attempt))
    return render(request, "quizzes/result.html", _result(request, attempt, now=timezone.now()))


def _result(request: SellerRequest, attempt: Attempt, *, now: datetime) -> dict[str, Any]:
    """What became of an attempt, what to read, and what to do next."""
    answers = answers_of(attempt)
    plan = next_steps(seller=request.seller, as_of=now)
    steps = plan.quizzes
    own = next((step for step in steps if step.quiz and step.quiz.quiz == attempt.quiz), None)
    following = (own if not attempt.passed else None) or next(iter(steps), None)
    return {
        "attempt": attempt,
        "effect": effect_of(attempt),
        "market": market_rules(request.seller.market, as_of=attempt.submitted_at or now),
        "right": [answer for answer in answers if answer.is_right],
        "wrong": [answer for answer in answers if not answer.is_right],
        "sections": sections_to_read(answers),
        "item": plan.open_quizzes.get(attempt.quiz.policy.code),
        "step": show_step(following, zone=request.seller.market.zone) if following else None,
        "total": PointsEntry.objects.filter(seller=request.seller).counting(as_of=now).total(),
    }


def _look(attempt: Attempt) -> HttpResponse:
    """Whoever takes no quizzes sees the quiz, where it says who does."""
    return redirect("quizzes:detail", seller_id=attempt.seller_id, policy=attempt.quiz.policy.code)


def _submit(request: SellerRequest, attempt: Attempt) -> HttpResponse:
    try:
        return redirect(services.submit_attempt(attempt=attempt, user=request.user, now=timezone.now()))
    except services.UnansweredQuestion as refused:
        messages.error(request, str(refused))
        return redirect(_question_url(attempt, refused.position))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(request.path)


def _get_quiz(request: SellerRequest, policy: str) -> Quiz:
    try:
        return quiz_page(seller=request.seller, policy_code=policy)
    except Quiz.DoesNotExist:
        raise Http404("No such quiz.") from None


def _get_attempt(request: SellerRequest, attempt_id: int) -> Attempt:
    try:
        return get_attempt(seller=request.seller, attempt_id=attempt_id)
    except Attempt.DoesNotExist:
        raise Http404("No such attempt.") from None


def _quiz_now(request: SellerRequest, quiz: Quiz) -> OpenQuiz | None:
    """What the quiz can bring the seller now, ``None`` if no violation is eligible."""
    return quiz_for(seller=request.seller, quiz=quiz, as_of=timezone.now())


def _next_page(attempt: Attempt, *, after: int = 0) -> str:
    """The first question without an answer, looking behind ``after`` first; without one the review or the result."""
    if not attempt.is_open:
        return attempt.get_absolute_url()
    missing = list(attempt.questions.unanswered().order_by("position").values_list("position", flat=True))
    if not missing:
        return reverse("quizzes:review", kwargs={"seller_id": attempt.seller_id, "attempt_id": attempt.pk})
    return _question_url(attempt, next((position for position in missing if position > after), missing[0]))


def _question_url(attempt: Attempt, position: int) -> str:
    return reverse(
        "quizzes:question",
        kwargs={"seller_id": attempt.seller_id, "attempt_id": attempt.pk, "position": position},
    )

"""Practising questions: no attempt, no reward, no record in reports."""

from __future__ import annotations

from random import SystemRandom
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kit.texts.ids import id_in
from sellers.access import SellerRequest, member_view

from . import attempt_wording as wording
from .forms import ChoicesForm
from .models import PracticeCard, Question, Quiz
from .selectors import next_to_practise, practices, why_not_practised
from .services import practise


@require_GET
@member_view
def practice_list(request: SellerRequest) -> HttpResponse:
    """What can be practised, policies that were breached first."""
    found = practices(user=request.user, seller=request.seller, as_of=timezone.now())
    return render(request, "quizzes/practice_list.html", {"practices": found})


@require_http_methods(["GET", "HEAD", "POST"])
@member_view
def practice(request: SellerRequest, policy: str) -> HttpResponse:
    """The next question; a POST answers one and explains it."""
    quiz = Quiz.objects.filter(policy__code=policy).select_related("policy").first()
    if quiz is not None and request.method == "POST":
        return _answered(request, quiz)
    if quiz is None or not quiz.is_published(as_of=timezone.now()):
        raise Http404("No such quiz.")
    found = next_to_practise(
        user=request.user, seller=request.seller, quiz=quiz, as_of=timezone.now(), random=SystemRandom()
    )
    return render(request, "quizzes/practice.html", _asked(quiz, found) | {"form": None})


def _answered(request: SellerRequest, quiz: Quiz) -> HttpResponse:
    """Explain an answer, ask again if it is none, or say why the question is not asked any more."""
    now = timezone.now()
    found = quiz.questions.was_asked().filter(pk=id_in(request.POST.get("question"))).first()
    if found is None:
        raise Http404("No such question.")
    if (why := why_not_practised(found, user=request.user, seller=request.seller, as_of=now)) is not None:
        return render(request, "quizzes/practice_gone.html", {"quiz": quiz, "why": why.value})
    context = _asked(quiz, found)
    form = ChoicesForm(request.POST, choices=context["choices"], several=context["several"])
    if not form.is_valid():
        return render(request, "quizzes/practice.html", context | {"form": form})
    chosen = form.cleaned_data["choice"]
    context["is_right"] = practise(question=found, user=request.user, choices=chosen, now=now)
    context["comes_again"] = PracticeCard.objects.get(user=request.user, question=found).due_at
    context["chosen"] = [text for pk, text in context["choices"] if pk in chosen]
    return render(request, "quizzes/practice_answer.html", context)


def _asked(quiz: Quiz, question: Question | None) -> dict[str, Any]:
    if question is None:
        return {"quiz": quiz, "question": None}
    choices = list(question.choices.all())
    SystemRandom().shuffle(choices)
    right = [choice.text for choice in choices if choice.is_right]
    return {
        "quiz": quiz,
        "question": question,
        "choices": [(choice.pk, choice.text) for choice in choices],
        "several": len(right) > 1,
        "how": wording.how_to_answer(several=len(right) > 1),
        "right": right,
    }

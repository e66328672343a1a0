"""The page of a quiz that says whether it teaches, and the same as a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.backoffice.action_pages import get_record
from kit.backoffice.tools import Tool
from kit.documents.csv_files import csv_download

from ..models import Quiz
from ..statistics import rules, selectors, wording

if TYPE_CHECKING:
    from .quizzes import QuizAdmin

FIELDS = [
    "question", "text", "answers", "right", "facility", "discrimination", "median_seconds", "exposure", "flags",
    "choices",
]  # fmt: skip


def paths(model_admin: QuizAdmin) -> list[URLPattern]:
    return [model_admin.record_path("statistics", partial(_page, model_admin))]


def tools(model_admin: QuizAdmin, quiz: Quiz) -> list[Tool]:
    return [Tool(_("Does it teach?"), model_admin.record_url("statistics", quiz))]


def _page(model_admin: QuizAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
    quiz = get_record(model_admin, request, object_id, allowed=model_admin.has_view_permission(request))
    now = timezone.now()
    questions = selectors.question_figures(quiz, as_of=now)
    if request.GET.get("format") == "csv":
        return csv_download(FIELDS, map(_line, questions), name=f"quiz-{quiz.pk}-{now:%Y-%m-%d}.csv")
    figures = selectors.quiz_figures(quiz, as_of=now)
    context = {
        "title": _("Does “%(quiz)s” teach?") % {"quiz": quiz},
        "opts": model_admin.opts,
        "original": quiz,
        "figures": figures,
        "pass_rate": wording.percent(figures.pass_rate),
        "pass_between": wording.between(figures.pass_interval),
        "again": [_again(one) for one in selectors.breached_again(quiz, as_of=now)],
        "questions": [_shown(one) for one in questions],
        "enough": rules.MIN_ANSWERS,
    }
    return TemplateResponse(request, "admin/quizzes/quiz/statistics.html", context)


def _again(one: rules.BreachedAgain) -> dict[str, Any]:
    return {
        "who": wording.AFTER[one.after],
        "sellers": one.sellers,
        "again": one.again,
        "rate": wording.percent(one.rate) if one.sellers else "–",
        "between": wording.between(one.interval) if one.sellers else "–",
    }


def _shown(one: rules.QuestionFigures) -> dict[str, Any]:
    return {
        "figures": one,
        "facility": wording.percent(one.facility),
        "between": wording.between(one.facility_interval),
        "exposure": wording.percent(one.exposure),
        "choices": [(choice.text, choice.is_right, wording.percent(choice.rate)) for choice in one.choices],
        "flags": [wording.FLAGS[flag] for flag in one.flags],
    }


def _line(one: rules.QuestionFigures) -> list[Any]:
    numbers = [None if n is None else round(n, 3) for n in (one.facility, one.discrimination, one.median_seconds)]
    flags = " ".join(flag.name.lower() for flag in one.flags)
    chosen = "; ".join(
        f"{choice.rate:.3f} {'right' if choice.is_right else 'wrong'} {choice.text}" for choice in one.choices
    )
    return [one.pk, one.text, one.answers, one.right, *numbers, round(one.exposure, 3), flags, chosen]

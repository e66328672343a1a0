"""A question as a seller takes it, for staff to try. Nothing is recorded."""

from __future__ import annotations

from functools import partial
from random import sample
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _

from kit.backoffice.action_pages import bound_data, get_record
from kit.backoffice.tools import Tool

from .. import bank_wording, selectors
from ..attempt_wording import how_to_answer
from ..forms import ChoicesForm
from ..models import Question
from ..pictures import shown
from ..services.attempts import as_drawn
from .pictures import picture_url

if TYPE_CHECKING:
    from .questions import QuestionAdmin


def paths(model_admin: QuestionAdmin) -> list[URLPattern]:
    return [model_admin.record_path("try", partial(_page, model_admin))]


def tools(model_admin: QuestionAdmin, question: Question) -> list[Tool]:
    return [Tool(_("Try it"), model_admin.record_url("try", question))]


def _page(model_admin: QuestionAdmin, request: HttpRequest, object_id: str) -> HttpResponseBase:
    question = get_record(model_admin, request, object_id, allowed=model_admin.has_view_permission(request))
    asked = as_drawn(question, 1, sample)
    form = ChoicesForm(bound_data(request), choices=asked.choices, several=asked.several)
    context = {
        "question": question,
        "asked": asked,
        "pictures": shown(asked.pictures, partial(picture_url, question.pk)),
        "form": form,
        "how": how_to_answer(several=asked.several),
        "problem": bank_wording.question_problem(selectors.as_bank_question(question)),
        "is_answered": form.is_bound and form.is_valid(),
    }
    if context["is_answered"]:
        asked.chosen = form.cleaned_data["choice"]
    return TemplateResponse(request, "quizzes/try.html", context)

"""The pages of a question's steps, one for each: what it does, its button, and the service that does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from accounts.access import person
from accounts.models import User
from audit.snapshots import shown_values
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.inputs import LongTextField
from kit.backoffice.tools import Tool
from kit.pages.checked_forms import CheckedForm

from .. import services
from ..models import Question

if TYPE_CHECKING:
    from .questions import QuestionAdmin

State = Question.State


class ReasonForm(CheckedForm):
    reason = LongTextField(_lazy("Reason"), rows=4)


@dataclass(frozen=True)
class QuestionStep:
    """What can be done with a question in a state.

    ``not_by_author`` is for somebody else than who wrote it; what is done ``at_once`` makes only a draft.
    """

    name: str
    state: Question.State
    title: Promise
    button: Promise
    intro: Promise
    done: Promise
    run: Callable[[Question, User, dict[str, Any]], Question]
    form: type[forms.Form] = forms.Form
    not_by_author: bool = False
    at_once: bool = False


def _send(question: Question, by: User, data: dict[str, Any]) -> Question:
    return services.send_for_review(question=question, sent_by=by, now=timezone.now())


def _publish(question: Question, by: User, data: dict[str, Any]) -> Question:
    return services.publish_question(question=question, published_by=by, now=timezone.now())


def _send_back(question: Question, by: User, data: dict[str, Any]) -> Question:
    return services.send_back(question=question, reason=data["reason"], sent_back_by=by, now=timezone.now())


def _replace(question: Question, by: User, data: dict[str, Any]) -> Question:
    return services.replace_question(question=question, replaced_by=by, now=timezone.now())


def _retire(question: Question, by: User, data: dict[str, Any]) -> Question:
    return services.retire_question(question=question, retired_by=by, now=timezone.now())


STEPS = [
    QuestionStep(
        "send_for_review", State.DRAFT, _lazy("Send this question for review"), _lazy("Send for review"),
        _lazy("Somebody else looks at it and publishes it. It stays as it is until they publish it or send it back."),
        _lazy("The question is sent for review."), _send,
    ),
    QuestionStep(
        "publish", State.IN_REVIEW, _lazy("Publish this question"), _lazy("Publish"),
        _lazy("Attempts draw it from then on, and the question that it replaces is retired. It can never be changed."),
        _lazy("The question is published."), _publish, not_by_author=True,
    ),
    QuestionStep(
        "send_back", State.IN_REVIEW, _lazy("Send this question back"), _lazy("Send back"),
        _lazy("It becomes a draft again. Its author reads the reason in its history."),
        _lazy("The question is sent back."), _send_back, ReasonForm,
    ),
    QuestionStep(
        "replace", State.PUBLISHED, _lazy("Replace this question"), _lazy("Replace"),
        _lazy("You get a draft with the same words to write anew. This one is retired when it is published."),
        _lazy("Write this draft anew: the question that it replaces is retired when it is published."), _replace,
        at_once=True,
    ),
    QuestionStep(
        "retire", State.PUBLISHED, _lazy("Retire this question"), _lazy("Retire"),
        _lazy("It will not be drawn any more. Attempts that have it keep it."),
        _lazy("The question is retired."), _retire,
    ),
]  # fmt: skip


def paths(model_admin: QuestionAdmin) -> list[URLPattern]:
    return [model_admin.record_path(step.name, _view(model_admin, step)) for step in STEPS]


def tools(model_admin: QuestionAdmin, question: Question, *, by: User) -> list[Tool]:
    """The steps that a question can take, offered to who may take them."""
    return [
        Tool(str(step.button), model_admin.record_url(step.name, question), at_once=step.at_once)
        for step in STEPS
        if step.state == question.state and not (step.not_by_author and question.author_id == by.pk)
    ]


def _view(model_admin: QuestionAdmin, step: QuestionStep) -> Callable[[HttpRequest, str], HttpResponseBase]:
    def view(request: HttpRequest, object_id: str) -> HttpResponseBase:
        question = get_record(model_admin, request, object_id, allowed=model_admin.has_change_permission(request))
        written = _written(question)
        page = ActionPage(
            model_admin=model_admin,
            record=question,
            title=str(step.title),
            button=str(step.button),
            done=str(step.done),
            intro=str(step.intro),
            shown=written,
            template="admin/quizzes/question/step.html",
            context={"written": written},
            run=lambda data: step.run(question, person(request), data),
        )
        return page.respond(request, step.form(bound_data(request)))

    return require_POST(view) if step.at_once else view


def _written(question: Question) -> dict[str, str]:
    """What a question says, by which somebody decides on it."""
    said = {_("State"): question.get_state_display()} | shown_values(question, ["text", "scene", "explanation"])
    choices = question.choices.order_by("pk").values_list("text", "is_right")
    lines = (_("%(choice)s (right)") % {"choice": text} if right else text for text, right in choices)
    return said | {_("Choices"): "\n".join(lines)}

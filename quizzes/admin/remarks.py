"""The queue of what sellers say is wrong with questions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, get_record
from kit.backoffice.filters import happened
from kit.backoffice.inputs import LongTextField
from kit.backoffice.tools import Tool, ToolsMixin
from kit.pages.checked_forms import CheckedForm

from .. import services
from ..models import Remark


class AnswerForm(CheckedForm):
    follows = forms.ChoiceField(
        label=_lazy("What follows"),
        choices=Remark.Follows.choices,
        widget=forms.RadioSelect,
        help_text=_lazy("The seller is told. Correct the question, or have it graded again, on its own page."),
    )
    answer = LongTextField(_lazy("Answer"), _lazy("What the seller reads."), rows=6)


@admin.register(Remark)
class RemarkAdmin(ToolsMixin, ReadOnlyAdmin):
    """Remarks, those that wait first. Answering one is for who may change questions."""

    list_display = ["question", "policy", "text", "sent_at", "answered_at"]
    list_filter = [
        ("answered_at", happened(_lazy("state"), not_yet=_lazy("Waits for an answer"), done=_lazy("Answered"))),
        "asked__question__quiz__policy",
    ]
    list_select_related = ["asked__question__quiz__policy"]
    search_fields = ["text"]
    ordering = [F("answered_at").desc(nulls_first=True), "pk"]
    sortable_by = ()
    fields = ["question", "policy", "user", "text", "sent_at", "answer", "follows", "answered_at", "answered_by"]
    readonly_fields = ["question", "policy"]

    @admin.display(description=_lazy("Question"))
    def question(self, remark: Remark) -> str:
        return remark.asked.text

    @admin.display(description=_lazy("Policy"))
    def policy(self, remark: Remark) -> str:
        return remark.asked.question.quiz.policy.name

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("answer", self.answer_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: Remark) -> list[Tool]:
        if not request.user.has_perm("quizzes.change_question"):
            return []
        question = reverse("admin:quizzes_question_change", args=[obj.asked.question_id])
        tools = [Tool(_("The question"), question)]
        return tools if obj.answered_at is not None else [Tool(_("Answer"), self.record_url("answer", obj)), *tools]

    def answer_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        allowed = request.user.has_perm("quizzes.change_question")
        remark: Remark = get_record(self, request, object_id, allowed=allowed)

        def run(data: dict[str, Any]) -> Remark:
            by, now = person(request), timezone.now()
            return services.answer_remark(remark=remark, **data, answered_by=by, now=now)

        page = ActionPage(
            model_admin=self,
            record=remark,
            title=_("Answer this remark"),
            button=_("Answer"),
            done=_("Answered: the seller is told by a message."),
            intro=remark.text,
            run=run,
            template="admin/quizzes/remark/answer.html",
            context={"question": remark.asked.question},
        )
        return page.respond(request, AnswerForm(bound_data(request)))

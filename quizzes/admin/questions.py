"""Questions: a draft is written, sent for review, published by somebody else, and replaced instead of changed."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, pgettext_lazy

from accounts.access import person
from audit.admin_pages import AuditedAdmin
from kit.backoffice.action_pages import confirm_first
from kit.backoffice.tools import NextStepMixin, Tool, ToolsMixin
from kit.outcomes import Refused
from kit.pages.checked_forms import CheckedTexts
from kit.texts.ids import id_in
from policies.models import ArticleSection

from .. import bank_wording, rules, selectors, services
from ..models import Question, Quiz
from . import pictures, question_steps, regrades, trying
from .choices import ChoiceInline, is_locked


class QuestionForm(CheckedTexts, forms.ModelForm[Question]):
    class Meta:
        model = Question
        fields = ["quiz", "section", "scene", "text", "explanation"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        section = cast("forms.ModelChoiceField[ArticleSection] | None", self.fields.get("section"))
        quiz = self.instance.quiz if self.instance.pk else self._chosen_quiz()
        if section is not None:
            section.choices = [("", section.empty_label or ""), *_sections(quiz=quiz)]

    def _chosen_quiz(self) -> Quiz | None:
        chosen = self.data.get("quiz") or self.initial.get("quiz") or ""
        return Quiz.objects.filter(pk=id_in(chosen)).first()

    def clean_section(self) -> ArticleSection | None:
        section: ArticleSection | None = self.cleaned_data["section"]
        quiz = self.instance.quiz if self.instance.pk else self.cleaned_data.get("quiz")
        if section is not None and quiz is not None and section.article.policy_id != quiz.policy_id:
            raise forms.ValidationError(bank_wording.section_of_another_policy(section, quiz.policy))
        return section

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        if "text" in self.fields and self.instance.is_written:
            self.add_error(None, bank_wording.is_written_meanwhile())
        return data


def _sections(*, quiz: Quiz | None) -> list[tuple[str, list[tuple[int, str]]]]:
    """The sections to choose from: those of the quiz's policy; for a quiz that is not chosen yet all, by article."""
    sections = ArticleSection.objects.select_related("article__policy").order_by("article__title", "position")
    if quiz is not None:
        sections = sections.filter(article__policy=quiz.policy_id)
    by_article: dict[str, list[tuple[int, str]]] = {}
    for section in sections:
        by_article.setdefault(f"{section.article} ({section.article.policy})", []).append((section.pk, section.title))
    return list(by_article.items())


STEPS_TAKEN = ["state", "author", "reviewed_by", "replaces", "retired_at"]
WORDS = ["scene", "text", "explanation"]


@admin.register(Question)
class QuestionAdmin(NextStepMixin, ToolsMixin, AuditedAdmin):
    """A question with its choices: written while it is a draft, and on its way by the pages of its steps."""

    form = QuestionForm
    list_display = ["text", "quiz", "state", "problem", "times_answered", "right_share"]
    list_filter = ["state", "quiz__policy"]
    list_select_related = ["quiz__policy"]
    search_fields = ["text"]
    fields = [
        "quiz",
        "section",
        "scene",
        "text",
        "explanation",
        "state",
        "author",
        "reviewed_by",
        "replaces",
        "retired_at",
    ]
    inlines = [ChoiceInline, pictures.PictureInline]
    actions = ["send_for_review", "retire"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        questions = super().get_queryset(request).prefetch_related("choices")
        return selectors.with_use(questions, as_of=timezone.now())

    def get_readonly_fields(self, request: HttpRequest, obj: Question | None = None) -> Any:
        if obj is None:
            return STEPS_TAKEN
        return ["quiz", *STEPS_TAKEN, *(WORDS if is_locked(request, obj) else [])]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "section":
            kwargs["queryset"] = ArticleSection.objects.select_related("article__policy")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """Only a draft: what was reviewed is kept."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.is_written)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Somebody sent the question for review between checking the form and saving it: check it again."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError as error:
            if "is no draft and stays" not in str(error):
                raise
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        """Two questions that read the same are rarely meant: one may replace the other, so it is only said."""
        if not obj.is_written:
            obj.author = person(request)
        super().save_model(request, obj, form, change)
        equal = selectors.equal_question(quiz=obj.quiz, text=obj.text, except_for=obj.pk)
        if equal is not None:
            self.message_user(request, bank_wording.question_twice(equal), messages.WARNING)

    @admin.display(description=_lazy("Problem"))
    def problem(self, question: Question) -> str:
        return bank_wording.question_problem(selectors.as_bank_question(question)) or "–"

    @admin.display(
        description=format_lazy(_lazy("Answered, of the last {number}"), number=f"{selectors.MAX_TIMES_ASKED:,}")
    )
    def times_answered(self, question: Any) -> int:
        return int(question.answered)

    @admin.display(description=pgettext_lazy("answers", "Right"))
    def right_share(self, question: Any) -> str:
        share = rules.right_share(right=question.answered_right, asked=question.answered)
        return "–" if share is None else f"{share} %"

    @admin.action(description=_lazy("Send for review"), permissions=["change"])
    def send_for_review(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        sent = 0
        for question in queryset.order_by("pk"):
            try:
                services.send_for_review(question=question, sent_by=person(request), now=timezone.now())
                sent += 1
            except Refused as refused:
                said = _("“%(question)s” was not sent for review. %(why)s") % {"question": question, "why": refused}
                self.message_user(request, said, messages.ERROR)
        if sent:
            said = ngettext("%(count)s question is sent for review.", "%(count)s questions are sent for review.", sent)
            self.message_user(request, said % {"count": f"{sent:,}"}, messages.SUCCESS)

    @admin.action(description=_lazy("Retire"), permissions=["change"])
    @confirm_first(_lazy("These questions will not be drawn any more, and cannot be taken back into use."))
    def retire(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        for question in queryset.order_by("pk"):
            try:
                services.retire_question(question=question, retired_by=person(request), now=timezone.now())
            except Refused as refused:
                said = _("“%(question)s” was not retired. %(why)s") % {"question": question, "why": refused}
                self.message_user(request, said, messages.ERROR)
            else:
                said = _("“%(question)s” is retired.") % {"question": question}
                self.message_user(request, said, messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        pages = [question_steps, pictures, trying, regrades]
        return [*(path for page in pages for path in page.paths(self)), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: Question) -> list[Tool]:
        if not self.has_change_permission(request, obj):
            return trying.tools(self, obj)
        steps = question_steps.tools(self, obj, by=person(request))
        tools = [*trying.tools(self, obj), *pictures.tools(self, obj), *steps]
        return [*tools, *regrades.tools(self, request, obj)]

"""Questions: what somebody was asked stays as it is, and is retired instead of changed."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import IntegrityError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from accounts.access import person
from audit.admin_pages import AuditedAdmin
from kit.backoffice.action_pages import ActionPage, asks_first, bound_data, get_record
from kit.backoffice.tools import Tool, ToolsMixin
from kit.outcomes import Refused
from policies.models import ArticleSection

from .. import rules, selectors, services, wording
from ..models import Choice, Question, Quiz
from .choices import ChoiceInline, is_locked, was_asked


class QuestionForm(forms.ModelForm[Question]):
    class Meta:
        model = Question
        fields = ["quiz", "section", "text", "explanation", "retired_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        section = cast("forms.ModelChoiceField[ArticleSection] | None", self.fields.get("section"))
        quiz = self.instance.quiz if self.instance.pk else self._chosen_quiz()
        if section is not None:
            section.choices = [("", section.empty_label or ""), *_sections(quiz=quiz)]

    def _chosen_quiz(self) -> Quiz | None:
        chosen = self.data.get("quiz") or self.initial.get("quiz") or ""
        return Quiz.objects.filter(pk=chosen).first() if str(chosen).isdecimal() else None

    def clean_section(self) -> ArticleSection | None:
        section: ArticleSection | None = self.cleaned_data["section"]
        quiz = self.instance.quiz if self.instance.pk else self.cleaned_data.get("quiz")
        if section is not None and quiz is not None and section.article.policy_id != quiz.policy_id:
            raise forms.ValidationError(wording.section_of_another_policy(section, quiz.policy))
        return section

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        if "text" in self.fields and was_asked(self.instance if self.instance.pk else None):
            self.add_error(None, wording.was_asked_meanwhile())
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


@admin.register(Question)
class QuestionAdmin(ToolsMixin, AuditedAdmin):
    """A question with its choices. Once somebody was asked it, it is read-only and can only be retired."""

    form = QuestionForm
    list_display = ["text", "quiz", "problem", "times_answered", "right_share", "retired_at"]
    list_filter = ["quiz__policy", ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["quiz__policy"]
    search_fields = ["text"]
    fields = ["quiz", "section", "text", "explanation", "retired_at"]
    inlines = [ChoiceInline]
    actions = ["retire"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        return selectors.with_use(super().get_queryset(request).prefetch_related("choices"))

    def get_readonly_fields(self, request: HttpRequest, obj: Question | None = None) -> Any:
        if obj is None:
            return ["retired_at"]
        return ["quiz", "retired_at", *(["text", "explanation"] if is_locked(request, obj) else [])]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "section":
            kwargs["queryset"] = ArticleSection.objects.select_related("article__policy")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """Only what nobody was asked, and what no published quiz may need."""
        allowed = super().has_delete_permission(request, obj)
        if obj is None:
            return allowed
        return allowed and not was_asked(obj) and (obj.quiz.published_at is None or obj.retired_at is not None)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Somebody was asked the question between checking the form and saving it: check it again."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError as error:
            if "asked already and stays" not in str(error):
                raise
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        """Two questions that read the same are rarely meant: one may replace the other, so it is only said."""
        super().save_model(request, obj, form, change)
        equal = selectors.equal_question(quiz=obj.quiz, text=obj.text, except_for=obj.pk)
        if equal is not None:
            self.message_user(request, wording.question_twice(equal), messages.WARNING)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """What is no longer right is written first, so that two never are; new choices keep their order."""
        changed: list[Choice] = formset.save(commit=False)
        for gone in formset.deleted_objects:
            cast("Model", gone).delete()
        for choice in sorted(changed, key=lambda choice: choice.pk is None or choice.is_right):
            choice.save()

    @admin.display(description=_lazy("Problem"))
    def problem(self, question: Question) -> str:
        choices = list(question.choices.all())
        right = sum(choice.is_right for choice in choices)
        judged = rules.BankQuestion(question.pk, question.text, len(choices), right)
        return wording.question_problem(judged) or "–"

    @admin.display(description=format_lazy(_lazy("Answered, of the last {number}"), number=f"{selectors.LATEST:,}"))
    def times_answered(self, question: Any) -> int:
        return int(question.answered)

    @admin.display(description=pgettext_lazy("answers", "Right"))
    def right_share(self, question: Any) -> str:
        share = rules.right_share(right=question.answered_right, asked=question.answered)
        return "–" if share is None else f"{share} %"

    @admin.action(description=_lazy("Retire"), permissions=["change"])
    @asks_first(_lazy("These questions will not be drawn any more, and cannot be taken back into use."))
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
        return [self.record_path("retire", self.retire_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: Question) -> list[Tool]:
        if obj.retired_at is not None or not self.has_change_permission(request, obj):
            return []
        return [Tool(_("Retire"), self.record_url("retire", obj))]

    def retire_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        question = get_record(self, request, object_id, allowed=self.has_change_permission(request))
        page = ActionPage(
            model_admin=self,
            record=question,
            title=_("Retire this question"),
            button=_("Retire"),
            done=_("The question is retired."),
            intro=_("“%(question)s” will not be drawn any more. Attempts that have it keep it.")
            % {"question": question},
            run=lambda data: services.retire_question(
                question=question, retired_by=person(request), now=timezone.now()
            ),
        )
        return page.respond(request, forms.Form(bound_data(request)))

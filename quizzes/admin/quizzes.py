"""Quizzes: their rule numbers, their bank, publishing and taking back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.access import person
from audit.admin_pages import AuditedAdmin
from kit.backoffice.action_pages import ActionPage, bound_data, confirm_first, get_record
from kit.backoffice.read_only import ReadOnlyInline
from kit.backoffice.tools import NextStepMixin, Tool, ToolsMixin
from kit.outcomes import Refused
from kit.pages.checked_forms import CheckedTexts

from .. import bank_wording, rules, selectors, services
from ..models import Question, Quiz
from . import exchange, pass_points, statistics, trials

UNPUBLISHING = _lazy("No attempt can be started any more. Open attempts can be finished and bring their reward.")


class QuizForm(CheckedTexts, forms.ModelForm[Quiz]):
    class Meta:
        model = Quiz
        fields = ["policy", "questions_per_attempt", "attempts_per_month", "pass_points"]

    def clean_questions_per_attempt(self) -> int:
        """A published quiz never asks for more questions than its bank has."""
        needed: int = self.cleaned_data["questions_per_attempt"]
        if self.instance.published_at is not None:
            problems = rules.bank_problems(selectors.bank(self.instance), needed=needed)
            if problems:
                advice = _("Add questions first, or unpublish the quiz.")
                raise forms.ValidationError([*bank_wording.problem_sentences(problems), advice])
        return needed

    def clean_pass_points(self) -> int:
        """A pass removes no more than the worst wording of the policy gives; the database holds it too."""
        points: int = self.cleaned_data["pass_points"]
        policy = self.cleaned_data.get("policy")
        most = selectors.most_points(policy_id=policy.pk if policy else self.instance.policy_id)
        if points > most:
            raise forms.ValidationError(bank_wording.too_many_pass_points(most=most))
        if points > self.instance.pass_points:
            raise forms.ValidationError(bank_wording.raised_by_two())
        return points


class QuestionsOfQuiz(ReadOnlyInline):
    model = Question
    fields = ["question", "state"]
    classes = ["named-by-a-column"]
    show_change_link = False
    verbose_name_plural = _lazy("bank of questions")

    @admin.display(description=_lazy("Question"))
    def question(self, question: Question) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:quizzes_question_change", args=[question.pk]), question
        )


@admin.register(Quiz)
class QuizAdmin(NextStepMixin, ToolsMixin, AuditedAdmin):
    """A quiz with its rule numbers, its bank, and what keeps it from being published."""

    form = QuizForm
    list_display = ["policy", "state", "usable_questions", "questions_per_attempt", "attempts_per_month", "pass_points"]
    list_select_related = ["policy"]
    search_fields = ["policy__name", "policy__code"]
    fields = ["policy", "published_at", "problems", "questions_per_attempt", "attempts_per_month", "pass_points"]
    readonly_fields = ["published_at", "problems"]
    inlines = [QuestionsOfQuiz]
    actions = ["publish", "unpublish"]

    def get_readonly_fields(self, request: HttpRequest, obj: Quiz | None = None) -> Any:
        return [*self.readonly_fields, "policy" if obj else "pass_points"]

    def get_inlines(self, request: HttpRequest, obj: Quiz | None) -> Any:
        return self.inlines if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Quiz | None = None) -> bool:
        """A quiz is taken back instead."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quiz]:
        return selectors.with_banks(super().get_queryset(request))

    @admin.display(description=_lazy("State"))
    def state(self, quiz: Quiz) -> str:
        if quiz.published_at is not None:
            return _("Published")
        return _("Draft, not usable yet") if selectors.problems_of(quiz) else _("Draft, can be published")

    @admin.display(description=_lazy("Questions in use"))
    def usable_questions(self, quiz: Any) -> int:
        return len(quiz.questions_in_use)

    @admin.display(description=_lazy("Before it can be published"))
    def problems(self, quiz: Quiz) -> str:
        if quiz.pk is None:
            return _("Save the quiz, then add its questions.")
        found = bank_wording.problem_sentences(selectors.bank_problems(quiz))
        return format_html_join("\n", "<p>{}</p>", ((text,) for text in found)) or _("Nothing: the bank is usable.")

    @admin.action(description=_lazy("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Quiz]) -> None:
        for quiz in queryset.order_by("pk"):
            try:
                services.publish_quiz(quiz=quiz, published_by=person(request), now=timezone.now())
            except Refused as refused:
                said = _("%(quiz)s was not published. %(why)s") % {"quiz": quiz, "why": refused}
                self.message_user(request, said, messages.ERROR)
            else:
                self.message_user(request, _("%(quiz)s is published.") % {"quiz": quiz}, messages.SUCCESS)

    @admin.action(description=_lazy("Unpublish"), permissions=["change"])
    @confirm_first(UNPUBLISHING)
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Quiz]) -> None:
        for quiz in queryset.order_by("pk"):
            services.unpublish_quiz(quiz=quiz, unpublished_by=person(request), now=timezone.now())
            said = _("%(quiz)s is taken back; open attempts can be finished.") % {"quiz": quiz}
            self.message_user(request, said, messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        return [
            self.record_path("publish", self.publish_page),
            self.record_path("unpublish", self.unpublish_page),
            *pass_points.paths(self),
            *exchange.paths(self),
            *statistics.paths(self),
            *super().get_urls(),
        ]

    def get_tools(self, request: HttpRequest, obj: Quiz) -> list[Tool]:
        if not self.has_change_permission(request, obj):
            return statistics.tools(self, obj)
        add = reverse("admin:quizzes_question_add", query={"quiz": obj.pk})
        questions = reverse("admin:quizzes_question_changelist", query={"quiz__policy__id__exact": obj.policy_id})
        if obj.published_at is None:
            publish = Tool(_("Publish"), self.record_url("publish", obj))
        else:
            publish = Tool(_("Unpublish"), self.record_url("unpublish", obj))
        return [
            Tool(_("Add a question"), add),
            Tool(_("List its questions"), questions),
            publish,
            *pass_points.tools(self, obj),
            *exchange.tools(self, obj),
            *statistics.tools(self, obj),
            *trials.tools(obj),
        ]

    def publish_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        quiz = get_record(self, request, object_id, allowed=self.has_change_permission(request))
        page = ActionPage(
            model_admin=self,
            record=quiz,
            title=_("Publish “%(quiz)s”") % {"quiz": quiz},
            button=_("Publish"),
            done=_("%(quiz)s is published.") % {"quiz": quiz},
            intro=_("Sellers with a violation of its policy can take it from then on."),
            run=lambda data: services.publish_quiz(quiz=quiz, published_by=person(request), now=timezone.now()),
        )
        return page.respond(request, forms.Form(bound_data(request)))

    def unpublish_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        quiz = get_record(self, request, object_id, allowed=self.has_change_permission(request))
        page = ActionPage(
            model_admin=self,
            record=quiz,
            title=_("Unpublish “%(quiz)s”") % {"quiz": quiz},
            button=_("Unpublish"),
            done=_("%(quiz)s is taken back.") % {"quiz": quiz},
            intro=str(UNPUBLISHING),
            run=lambda data: services.unpublish_quiz(quiz=quiz, unpublished_by=person(request), now=timezone.now()),
        )
        return page.respond(request, forms.Form(bound_data(request)))

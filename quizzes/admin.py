"""Staff pages of quizzes. Publishing, taking back and retiring go through the services; attempts are read-only."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import IntegrityError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html_join

from accounts.access import person
from audit.admin_pages import AuditedAdmin, ReadOnlyAdmin
from kit.backoffice.action_pages import ActionPage, asks_first, bound_data, get_record
from kit.backoffice.read_only import ReadOnlyInline
from kit.backoffice.tools import Tool, ToolsMixin
from kit.formatting import counted
from kit.outcomes import Refused
from kit.pages.text_areas import AdminTextArea
from policies.models import ArticleSection

from . import rules, selectors, services
from .models import Attempt, AttemptQuestion, Choice, Question, Quiz


class QuizForm(forms.ModelForm[Quiz]):
    class Meta:
        model = Quiz
        fields = ["policy", "questions_per_attempt", "attempts_per_month", "pass_points"]

    def clean_questions_per_attempt(self) -> int:
        """A published quiz never asks for more questions than its bank has."""
        needed: int = self.cleaned_data["questions_per_attempt"]
        if self.instance.published_at is not None:
            problems = rules.problems(selectors.bank(self.instance), needed=needed)
            if problems:
                raise forms.ValidationError([*problems, "Add questions first, or unpublish the quiz."])
        return needed

    def clean_pass_points(self) -> int:
        """A pass removes no more than the worst wording of the policy gives; the database holds it too."""
        points: int = self.cleaned_data["pass_points"]
        policy = self.cleaned_data.get("policy")
        most = selectors.most_points(policy_id=policy.pk if policy else self.instance.policy_id)
        if points > most:
            raise forms.ValidationError(
                f"A violation of this policy gives {counted(most, 'point')}; choose {most} or less."
            )
        return points


class QuestionsOfQuiz(ReadOnlyInline):
    model = Question
    fields = ["text", "retired_at"]
    verbose_name_plural = "bank of questions"


@admin.register(Quiz)
class QuizAdmin(ToolsMixin, AuditedAdmin):
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
        return [*self.readonly_fields, "policy"] if obj else self.readonly_fields

    def get_inlines(self, request: HttpRequest, obj: Quiz | None) -> Any:
        return self.inlines if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Quiz | None = None) -> bool:
        """A quiz is taken back instead."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quiz]:
        return selectors.with_banks(super().get_queryset(request))

    @admin.display(description="State")
    def state(self, quiz: Quiz) -> str:
        if quiz.published_at is not None:
            return "Published"
        return "Draft, not usable yet" if selectors.problems_of(quiz) else "Draft, can be published"

    @admin.display(description="Questions in use")
    def usable_questions(self, quiz: Any) -> int:
        return len(quiz.questions_in_use)

    @admin.display(description="Before it can be published")
    def problems(self, quiz: Quiz) -> str:
        if quiz.pk is None:
            return "Save the quiz, then add its questions."
        found = selectors.bank_problems(quiz)
        return format_html_join("\n", "<p>{}</p>", ((text,) for text in found)) or "Nothing: the bank is usable."

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Quiz]) -> None:
        for quiz in queryset.order_by("pk"):
            try:
                services.publish_quiz(quiz=quiz, published_by=person(request), now=timezone.now())
            except Refused as refused:
                self.message_user(request, f"{quiz} was not published. {refused}", messages.ERROR)
            else:
                self.message_user(request, f"{quiz} is published.", messages.SUCCESS)

    @admin.action(description="Unpublish", permissions=["change"])
    @asks_first("No attempt can be started any more. Open attempts can be finished and bring their reward.")
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Quiz]) -> None:
        for quiz in queryset.order_by("pk"):
            services.unpublish_quiz(quiz=quiz, unpublished_by=person(request), now=timezone.now())
            self.message_user(request, f"{quiz} is taken back; open attempts can be finished.", messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        return [
            self.record_path("publish", self.publish_page),
            self.record_path("unpublish", self.unpublish_page),
            *super().get_urls(),
        ]

    def get_tools(self, request: HttpRequest, obj: Quiz) -> list[Tool]:
        if not self.has_change_permission(request, obj):
            return []
        name = "publish" if obj.published_at is None else "unpublish"
        add = f"{reverse('admin:quizzes_question_add')}?quiz={obj.pk}"
        return [Tool("Add a question", add), Tool(name.capitalize(), self.record_url(name, obj))]

    def publish_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        quiz = get_record(self, request, object_id, allowed=self.has_change_permission(request))
        page = ActionPage(
            model_admin=self,
            record=quiz,
            title=f"Publish “{quiz}”",
            button="Publish",
            done=f"{quiz} is published.",
            intro="Sellers with a violation of its policy can take it from then on.",
            run=lambda data: services.publish_quiz(quiz=quiz, published_by=person(request), now=timezone.now()),
        )
        return page.respond(request, forms.Form(bound_data(request)))

    def unpublish_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        quiz = get_record(self, request, object_id, allowed=self.has_change_permission(request))
        page = ActionPage(
            model_admin=self,
            record=quiz,
            title=f"Unpublish “{quiz}”",
            button="Unpublish",
            done=f"{quiz} is taken back.",
            intro="No attempt can be started any more. Open attempts can be finished and bring their reward.",
            run=lambda data: services.unpublish_quiz(quiz=quiz, unpublished_by=person(request), now=timezone.now()),
        )
        return page.respond(request, forms.Form(bound_data(request)))


class ChoiceForm(forms.ModelForm[Choice]):
    class Meta:
        model = Choice
        fields = ["text", "is_right"]
        widgets = {"text": AdminTextArea(attrs={"rows": 2, "cols": 80, "maxlength": 300})}

    def _get_validation_exclusions(self) -> set[str]:
        """The formset checks how many are right: each row by itself would be held against what is stored."""
        return {*super()._get_validation_exclusions(), "is_right"}  # type: ignore[misc]  # the stubs leave it out


class ChoiceFormSet(forms.BaseInlineFormSet[Choice, Question, forms.ModelForm[Choice]]):
    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if form.is_valid() and self._is_kept(form)]
        for text in rules.equal_texts(data["text"] for data in kept):
            raise forms.ValidationError(
                f"Two choices read the same: “{text}”. Choices must differ in more than case and spaces."
            )
        right = sum(data["is_right"] for data in kept)
        if right > 1:
            raise forms.ValidationError(f"{right} choices are marked as right; mark exactly one.")
        question = self.instance
        if question.quiz_id and question.quiz.published_at is not None and question.retired_at is None:
            problem = rules.BankQuestion(question.pk or 0, question.text, len(kept), right).problem
            if problem:
                raise forms.ValidationError(f"The quiz is published, so it must stay usable. {problem}")

    def _is_kept(self, form: forms.ModelForm[Choice]) -> bool:
        return bool(form.cleaned_data.get("text")) and not form.cleaned_data.get("DELETE")


class ChoiceInline(admin.TabularInline[Choice, Question]):
    model = Choice
    form = ChoiceForm
    formset = ChoiceFormSet
    extra = 4
    min_num = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and not _is_locked(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_locked(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_locked(request, obj)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else self.extra


def _was_asked(question: Question | None) -> bool:
    return question is not None and question.asked.exists()


def _is_locked(request: HttpRequest, question: Question | None) -> bool:
    """Whether a question is shown to look at: somebody was asked it, and no older form of it is sent back."""
    return _was_asked(question) and "text" not in request.POST


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
            raise forms.ValidationError(
                f"“{section.title}” is a section about {section.article.policy}. Choose one about {quiz.policy}."
            )
        return section

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        if "text" in self.fields and _was_asked(self.instance if self.instance.pk else None):
            self.add_error(
                None,
                "Somebody was asked this question since you opened it, so it stays as it is and nothing was saved. "
                "What you wrote is below: add it as a new question, then retire this one.",
            )
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
        return ["quiz", "retired_at", *(["text", "explanation"] if _is_locked(request, obj) else [])]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "section":
            kwargs["queryset"] = ArticleSection.objects.select_related("article__policy")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """Only what nobody was asked, and what no published quiz may need."""
        allowed = super().has_delete_permission(request, obj)
        if obj is None:
            return allowed
        return allowed and not _was_asked(obj) and (obj.quiz.published_at is None or obj.retired_at is not None)

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
        equal = selectors.equal_question(quiz=obj.quiz, text=obj.text, but=obj.pk)
        if equal is not None:
            said = f"The bank has this question twice: number {equal.pk} reads the same. Retire one of them."
            self.message_user(request, said, messages.WARNING)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """What is no longer right is written first, so that two never are; new choices keep their order."""
        changed: list[Choice] = formset.save(commit=False)
        for gone in formset.deleted_objects:
            cast("Model", gone).delete()
        for choice in sorted(changed, key=lambda choice: choice.pk is None or choice.is_right):
            choice.save()

    @admin.display(description="Problem")
    def problem(self, question: Question) -> str:
        choices = list(question.choices.all())
        right = sum(choice.is_right for choice in choices)
        return rules.BankQuestion(question.pk, question.text, len(choices), right).problem or "–"

    @admin.display(description="Answered")
    def times_answered(self, question: Any) -> int:
        return int(question.answered)

    @admin.display(description="Right")
    def right_share(self, question: Any) -> str:
        share = rules.right_share(right=question.answered_right, asked=question.answered)
        return "–" if share is None else f"{share} %"

    @admin.action(description="Retire", permissions=["change"])
    @asks_first("These questions will not be drawn any more, and cannot be taken back into use.")
    def retire(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        for question in queryset.order_by("pk"):
            try:
                services.retire_question(question=question, retired_by=person(request), now=timezone.now())
            except Refused as refused:
                self.message_user(request, f"“{question}” was not retired. {refused}", messages.ERROR)
            else:
                self.message_user(request, f"“{question}” is retired.", messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        return [self.record_path("retire", self.retire_page), *super().get_urls()]

    def get_tools(self, request: HttpRequest, obj: Question) -> list[Tool]:
        if obj.retired_at is not None or not self.has_change_permission(request, obj):
            return []
        return [Tool("Retire", self.record_url("retire", obj))]

    def retire_page(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        question = get_record(self, request, object_id, allowed=self.has_change_permission(request))
        page = ActionPage(
            model_admin=self,
            record=question,
            title="Retire this question",
            button="Retire",
            done="The question is retired.",
            intro=f"“{question}” will not be drawn any more. Attempts that have it keep it.",
            run=lambda data: services.retire_question(
                question=question, retired_by=person(request), now=timezone.now()
            ),
        )
        return page.respond(request, forms.Form(bound_data(request)))


class AttemptQuestionInline(ReadOnlyInline):
    model = AttemptQuestion
    fields = ["position", "question", "choice"]
    show_change_link = False


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ["seller", "policy", "attempt", "submitted_at", "passed", "right_answers", "credit"]
    list_filter = ["passed", "quiz__policy", "seller__market"]
    list_select_related = ["seller", "quiz__policy", "credit"]
    search_fields = ["seller__name", "=seller__external_id"]
    inlines = [AttemptQuestionInline]
    show_full_result_count = False

    @admin.display(ordering="quiz__policy__name")
    def policy(self, attempt: Attempt) -> str:
        return attempt.quiz.policy.name

    @admin.display(ordering="month")
    def attempt(self, attempt: Attempt) -> str:
        """Its number among those of its month."""
        return f"{attempt.ordinal} in {attempt.month:%b %Y}"

"""The choices of a question, in its form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from kit.pages.text_areas import AdminTextArea

from .. import rules, wording
from ..models import Choice, Question


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
            raise forms.ValidationError(wording.equal_choices(text))
        right = sum(data["is_right"] for data in kept)
        if right > 1:
            raise forms.ValidationError(wording.several_right_choices(right))
        question = self.instance
        if question.quiz_id and question.quiz.published_at is not None and question.retired_at is None:
            judged = rules.BankQuestion(question.pk or 0, question.text, len(kept), right)
            if judged.problem:
                raise forms.ValidationError(wording.must_stay_usable(judged))

    def _is_kept(self, form: forms.ModelForm[Choice]) -> bool:
        return bool(form.cleaned_data.get("text")) and not form.cleaned_data.get("DELETE")


class ChoiceInline(admin.TabularInline[Choice, Question]):
    model = Choice
    form = ChoiceForm
    formset = ChoiceFormSet
    extra = 4
    min_num = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and not is_locked(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not is_locked(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not is_locked(request, obj)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else self.extra


def was_asked(question: Question | None) -> bool:
    return question is not None and question.asked.exists()


def is_locked(request: HttpRequest, question: Question | None) -> bool:
    """Whether a question is shown to look at: somebody was asked it, and no older form of it is sent back."""
    return was_asked(question) and "text" not in request.POST

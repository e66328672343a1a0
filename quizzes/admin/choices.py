"""The choices of a question, in its form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from kit.pages.checked_forms import CheckedTexts
from kit.pages.text_areas import AdminTextArea

from .. import bank_wording, rules
from ..models import Choice, Question


class ChoiceForm(CheckedTexts, forms.ModelForm[Choice]):
    class Meta:
        model = Choice
        fields = ["text", "is_right"]
        widgets = {"text": AdminTextArea(attrs={"rows": 2, "cols": 80})}


class ChoiceFormSet(forms.BaseInlineFormSet[Choice, Question, forms.ModelForm[Choice]]):
    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if form.is_valid() and self._is_kept(form)]
        for text in rules.equal_texts(data["text"] for data in kept):
            raise forms.ValidationError(bank_wording.equal_choices(text))

    def _is_kept(self, form: forms.ModelForm[Choice]) -> bool:
        return bool(form.cleaned_data.get("text")) and not form.cleaned_data.get("DELETE")


class ChoiceInline(admin.TabularInline[Choice, Question]):
    model = Choice
    form = ChoiceForm
    formset = ChoiceFormSet
    classes = ["named-by-a-column"]
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


def is_locked(request: HttpRequest, question: Question | None) -> bool:
    """Whether a question is shown to look at: it is no draft, and no older form of it is sent back."""
    return question is not None and question.is_written and "text" not in request.POST

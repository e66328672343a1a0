"""What is asked after a workshop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.pages.checked_forms import CheckedForm
from kit.pages.text_areas import TextArea

from .forms import NO_ANSWER
from .models import FeedbackQuestion, Workshop
from .models.feedback import MAX_ANSWER_LENGTH, MAX_RATING


def _ratings() -> Iterator[tuple[int, str]]:
    """From the best to the worst, the ends in words."""
    for rating in range(MAX_RATING, 0, -1):
        yield rating, {MAX_RATING: _("5, very good"), 1: _("1, not good at all")}.get(rating, str(rating))


class RatingField(forms.TypedChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        answers: dict[str, Any] = {"choices": _ratings, "coerce": int, "empty_value": None}
        super().__init__(widget=forms.RadioSelect, error_messages=NO_ANSWER, **answers, **kwargs)


class WordsField(forms.CharField):
    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_ANSWER_LENGTH, required=False, widget=TextArea(attrs={"rows": rows}), **kwargs)


class FeedbackForm(CheckedForm):
    """How it was, in a number and in words, and what the host asks besides."""

    rating = RatingField(label=_lazy("How useful was the workshop for you?"))
    text = WordsField(
        label=_lazy("What was good, and what would make it better?"),
        help_text=_lazy("Leave out who you are, if the host is not to know it."),
        rows=4,
    )

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = {f"question_{one.pk}": one for one in workshop.feedback_questions.all()}
        self.fields |= {name: _field_of(question) for name, question in self.questions.items()}

    @property
    def said(self) -> dict[int, Any]:
        """What was answered to the host's questions, by their ids."""
        return {one.pk: self.cleaned_data[name] for name, one in self.questions.items()}


def _field_of(question: FeedbackQuestion) -> forms.Field:
    if question.kind == FeedbackQuestion.Kind.RATING:
        return RatingField(label=question.text, required=False)
    return WordsField(label=question.text, rows=2)

"""What a seller sends: the violation picked, and an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.pages.checked_forms import CheckedForm
from kit.pages.text_areas import TextArea
from kit.texts.limits import REASON
from sellers.models import Seller
from violations.models import Violation

from .attempt_wording import not_a_choice, not_answered


class StartForm(CheckedForm):
    """The violation to remove a point from; left out, the one whose window closes first is taken."""

    violation = forms.ModelChoiceField(
        Violation.objects.none(),
        required=False,
        error_messages={"invalid_choice": _("Pick one of the violations below.")},
    )

    def __init__(self, *args: Any, seller: Seller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["violation"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  # It is declared above.
        field.queryset = Violation.objects.filter(seller=seller)


class ChoicesForm(CheckedForm):
    """The choices made of a question: one, or several where several are right."""

    def __init__(self, *args: Any, choices: Sequence[tuple[int, str]], several: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["choice"] = forms.TypedMultipleChoiceField(
            choices=choices,
            coerce=int,
            error_messages={
                "required": not_answered(several=several),
                "invalid_choice": not_a_choice(several=several),
            },
        )


class RemarkForm(CheckedForm):
    text = forms.CharField(
        label=_("What is wrong"),
        help_text=_("Such as: two choices are right, the article says something else, or a word is unclear."),
        max_length=REASON,
        widget=TextArea(attrs={"rows": 5}),
        error_messages={"required": _("Say what is wrong with the question.")},
    )

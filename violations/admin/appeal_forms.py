"""What reviewers fill in to decide on an appeal, and to ask its seller for something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.backoffice.inputs import LongTextField
from kit.pages.checked_forms import CheckedForm

from ..models import MAX_THING_LENGTH, MAX_THINGS, MIN_DENIAL, AppealReason, Macro
from ..wording import appeals as wording
from .forms import ReasonForm


def with_macro(form: type[forms.Form], typed: QueryDict, macro: Macro) -> forms.Form:
    """A form as it was typed so far. A text that staff keep is put after what was typed where it belongs."""
    field = "things" if macro.kind == Macro.Kind.ASK else "reason"
    initial = {name: typed.get(name, "") for name in form.base_fields}
    initial[field] = "\n".join(part for part in (initial[field].rstrip(), macro.text) if part)
    filled = form(initial=initial)
    filled.fields[field].widget.attrs["autofocus"] = True  # where the text went, for who cannot see it
    return filled


def with_reasons(form: type[forms.Form], reasons: Sequence[AppealReason]) -> type[forms.Form]:
    """A form that also asks for the reason that the decision counts under, if there are some to choose from."""
    if not reasons:
        return form
    field = forms.ChoiceField(
        label=_("Reason that it is counted by"),
        choices=[("", "---------"), *((one.code, str(one)) for one in reasons)],
        help_text=_("The seller reads what stands after the code, above your own words."),
    )
    return type(form.__name__, (form,), {"reason_code": field, "field_order": ["points", "reason_code", "reason"]})


class GrantForm(CheckedForm):
    """Why an appeal is granted."""

    reason = LongTextField(
        _lazy("Reason"),
        _lazy("The seller reads it. Markdown. Empty: that it was granted."),
        required=False,
    )


class PartlyForm(ReasonForm):
    """How many points to credit, and why."""

    points = forms.IntegerField(
        min_value=1,
        widget=AdminIntegerFieldWidget,
        help_text=_lazy("Taken off those that the violation has left."),
        label=_lazy("Points"),
    )
    field_order = ["points", "reason"]


class DenyForm(ReasonForm):
    """Why an appeal is denied: an answer to what the seller says."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Your answer to what the seller says")
        self.fields["reason"].help_text = wording.answers_the_seller(MIN_DENIAL)


class AskForm(CheckedForm):
    """What is missing, a thing a line, and why it is needed."""

    things = LongTextField(
        _lazy("What is missing"),
        _lazy("A thing a line: “The invoice of the supplier”. The seller reads the list."),
        rows=5,
        max_length=MAX_THINGS * (MAX_THING_LENGTH + 1),
    )
    note = LongTextField(_lazy("Why it is needed"), _lazy("The seller reads it. Markdown."), rows=5, required=False)

    def clean_things(self) -> list[str]:
        lines: str = self.cleaned_data["things"]
        return lines.splitlines()

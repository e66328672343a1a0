"""The forms of a policy's version: its draft, and when it takes effect."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.backoffice.inputs import LongTextField, MomentInput
from kit.backoffice.second_person import SecondPersonForm
from kit.pages.checked_forms import CheckedTexts
from kit.texts.characters import has_visible

from .. import wording
from ..models import Policy, PolicyVersion
from ..services import SAID


class VersionForm(CheckedTexts, forms.ModelForm[PolicyVersion]):
    class Meta:
        model = PolicyVersion
        fields = ["policy", *SAID, "change_summary"]

    def clean_policy(self) -> Policy:
        policy: Policy = self.cleaned_data["policy"]
        if policy.versions.filter(published_at=None).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(wording.has_a_draft(policy))
        return policy


class PublishForm(SecondPersonForm):
    """When a draft takes effect; a reason, from those who may do without the notice, is why it does not wait for it."""

    when = forms.ChoiceField(
        choices=[("notice", _lazy("With notice, on this date")), ("at_once", _lazy("At once, without notice"))],
        widget=forms.RadioSelect,
        initial="notice",
        label=_lazy("Takes effect"),
    )
    effective_from = forms.SplitDateTimeField(
        widget=MomentInput(_lazy("Date (UTC)")), required=False, label=_lazy("Date (UTC)"),
        help_text=_lazy("When the version before it stops being in force."),
    )  # fmt: skip
    reason = LongTextField(
        _lazy("Why at once"),
        _lazy("Only for what takes effect at once. Stands on the policy's page and in the message to every seller."),
        max_length=500,
        required=False,
    )

    def __init__(self, *args: Any, may_skip_notice: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_skip_notice:
            del self.fields["when"], self.fields["reason"]
            self.fields["effective_from"].required = True

    def clean(self) -> dict[str, Any]:
        data = {"when": "", "reason": "", "effective_from": None} | (super().clean() or {})
        if data["when"] == "at_once":
            data["effective_from"] = None
            if not has_visible(data["reason"]) and "reason" not in self.errors:
                self.add_error("reason", _("Say why it cannot wait for the notice; every seller reads it."))
        elif data["when"] == "notice":
            data["reason"] = ""
            if data["effective_from"] is None and "effective_from" not in self.errors:
                self.add_error("effective_from", _("Say when it takes effect."))
        return data

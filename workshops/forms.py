from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from . import rules


class SignUpForm(forms.Form):
    """The key that makes a repeated post take one place: see ``services.sign_up``."""

    nth = forms.IntegerField(min_value=1, max_value=10_000, required=False)


class CheckInForm(forms.Form):
    code = forms.CharField(
        label=_("Check-in code"),
        max_length=300,
        help_text=_("Type it, or scan the QR code with a phone or a hand scanner."),
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        return rules.read_code(self.cleaned_data["code"])

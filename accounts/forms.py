"""What a person says about themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .models import User


class PersonForm(forms.ModelForm[User]):
    """Their name, and the language of pages and emails where the portal speaks more than one."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [("", _("Of pages that of the browser, of emails that of the market")), *settings.LANGUAGES],
        help_text=_("Of the portal's pages and of every email to you."),
    )

    class Meta:
        model = User
        fields = ["name", "language"]
        labels = {"name": _("Name")}
        help_texts = {"name": _("How other members of your sellers see you.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]

"""What a person says about themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kit.pages.checked_forms import CheckedTexts
from kit.time_zones import time_zones

from .models import User


def zone_choices() -> list[tuple[str, str]]:
    """Each time zone with a name that is read more easily: ``America/New York``."""
    return [(name, name.replace("_", " ")) for name in time_zones()]


class PersonForm(CheckedTexts, forms.ModelForm[User]):
    """Their name, time zone and time, and the language of pages and emails where the portal speaks more than one."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [("", _("Of pages that of the browser, of emails that of the market")), *settings.LANGUAGES],
        help_text=_("Of the portal's pages and of every email to you."),
    )

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [("", _("That of each seller’s market, and no other")), *zone_choices()],
        help_text=_("A deadline ends by the clock of the market. If yours is another, pages say both."),
    )

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "time_factor"]
        labels = {"name": _("Name"), "time_factor": _("Time for what is timed")}
        help_texts = {
            "name": _("How other members of your sellers see you."),
            "time_factor": _("Take more where there is a limit, as in a quiz, if reading or typing takes you longer."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]

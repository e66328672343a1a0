"""What the pages of the ledger take from their address."""

from __future__ import annotations

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from .selectors import LedgerShow

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


class LedgerForm(forms.Form):
    """The local day on which to take the total, and which lines to list. Ask ``is_valid`` first."""

    on = forms.DateField(
        label="Total on",
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "invalid": "That is no day of the calendar. Write it like 2026-01-31; until then this is today."
        },
        validators=[
            MinValueValidator(FIRST_DAY, "Choose a day in this century; until then this is today."),
            MaxValueValidator(LAST_DAY, "Choose a day in this century; until then this is today."),
        ],
    )
    show = forms.ChoiceField(
        required=False, choices=[(show.value, show.value) for show in LedgerShow], widget=forms.HiddenInput
    )

    @property
    def day(self) -> date | None:
        """The day asked for, ``None`` if none or none that can be read."""
        return self.cleaned_data.get("on")

    @property
    def shown(self) -> LedgerShow:
        """The lines asked for; those that count unless the address says otherwise."""
        return LedgerShow(self.cleaned_data.get("show") or "counting")

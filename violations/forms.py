"""What the pages of the ledger take from their address."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from .attachments import SUFFIXES, TYPES_IN_WORDS
from .models import MAX_APPEAL_TEXT, MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS
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


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; cleaned to a list. What is in them is for the service to check."""

    widget = FilesInput(attrs={"accept": ",".join(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        # Empty files and long names pass here: the service refuses the former and shortens the latter.
        return list(data or [])


class AppealForm(forms.Form):
    """What a seller says against a violation, with files that show it."""

    text = forms.CharField(
        label="What is wrong, and why",
        max_length=MAX_APPEAL_TEXT,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=f"Up to {MAX_APPEAL_TEXT:,} characters. Markdown works: **bold**, lists, links.",
        error_messages={"required": "Say what is wrong about the violation, and why."},
    )
    attachments = FilesField(
        label="Attachments",
        required=False,
        help_text=f"Up to {MAX_ATTACHMENTS} files, {TYPES_IN_WORDS}, {MAX_ATTACHMENT_BYTES // 1024**2} MB each. "
        "Choose them all at once. Only you and the people who review appeals can see them.",
    )

    @property
    def files_sent(self) -> list[Any]:
        """The files, for the service."""
        return cast("list[Any]", self.cleaned_data["attachments"])

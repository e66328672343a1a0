"""What a seller writes and attaches against a violation."""

from __future__ import annotations

import secrets
from typing import Any, TypedDict, cast

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kit.documents.stored_files import SUFFIXES
from kit.pages.checked_forms import CheckedForm
from kit.pages.text_areas import TextArea
from kit.texts.characters import has_visible
from kit.texts.limits import APPEAL_DRAFT

from .attachments import TYPES_IN_WORDS
from .models import MAX_APPEAL_TEXT, MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS, AppealDraft
from .wording.appeal_requests import nothing_answered
from .wording.appeals import nothing_said


class Typed(TypedDict):
    text: str
    window: str
    opened_after: str


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; cleaned to a list. What is in them is for the service to check."""

    widget = FilesInput(attrs={"accept": ",".join(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        # Empty files and long names pass here: the service refuses the former and shortens the latter.
        return list(data or [])


class DraftTextField(forms.CharField):
    """What is typed, as it is typed: whether it says enough is checked where it is filed."""

    def validate(self, value: str) -> None:
        pass


class AppealForm(CheckedForm):
    """What a seller says against a violation, with files that show it: kept as typed, so nothing of it is asked for.

    ``window`` names the window in which it is typed, ``opened_after`` the one whose draft it began with.
    """

    text = DraftTextField(
        label=_("What is wrong, and why"),
        max_length=APPEAL_DRAFT,
        strip=False,
        widget=TextArea(attrs={"rows": 10}),
        help_text=format_lazy(
            _("Up to {characters} characters. Markdown works: **bold**, lists, links."),
            characters=f"{MAX_APPEAL_TEXT:,}",
        ),
    )
    attachments = FilesField(
        label=_("Attachments"),
        required=False,
        help_text=format_lazy(
            _(
                "Up to {count} files, {types}, {megabytes} MB each. Only members of this seller and the people who "
                "review appeals can see them."
            ),
            count=MAX_ATTACHMENTS,
            types=TYPES_IN_WORDS,
            megabytes=MAX_ATTACHMENT_BYTES // 1024**2,
        ),
    )
    window = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)
    opened_after = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)

    def clean(self) -> None:
        """Nothing makes no draft."""
        data = self.cleaned_data
        if not (has_visible(data.get("text", "")) or data.get("attachments") or data.get("opened_after")):
            self.add_error("text", self.nothing_said())

    def nothing_said(self) -> str:
        return nothing_said()

    @classmethod
    def of(cls, draft: AppealDraft | None) -> AppealForm:
        """The form in a window that opens, with what is kept."""
        kept = {"text": draft.text, "opened_after": draft.saved_in} if draft else {}
        return cls(initial={"window": new_window(), **kept})

    @property
    def files_sent(self) -> list[Any]:
        """The files, for the service."""
        return cast("list[Any]", self.cleaned_data["attachments"])

    @property
    def typed(self) -> Typed:
        """What was typed and where, for the service."""
        data = self.cleaned_data
        return {
            "text": data["text"],
            "window": data["window"] or new_window(),
            "opened_after": data["opened_after"],
        }


class AnswerForm(AppealForm):
    """What a seller answers to the reviewer of an appeal."""

    text = DraftTextField(
        label=_("Your answer"),
        max_length=APPEAL_DRAFT,
        widget=TextArea(attrs={"rows": 8}),
        help_text=AppealForm.base_fields["text"].help_text,
    )

    def nothing_said(self) -> str:
        return nothing_answered()


def new_window() -> str:
    """A name for a window that opens."""
    return secrets.token_hex(12)

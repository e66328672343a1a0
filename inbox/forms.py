"""What the inbox takes from a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kit.pages.checked_forms import CheckedForm

from .models import Channel, Message, Unsubscription


class ReadAllForm(CheckedForm):
    """The moment at which the list was shown (ISO, UTC): later messages stay unread."""

    posted_until = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"])


WHAT_COMES = {
    Message.Kind.REPORT: _("Your week, every Monday: what was found, your total, what to do."),
    Message.Kind.POINTS: _("Points that a quiz or an appeal gave back."),
    Message.Kind.QUIZ: _("Quizzes that open or are about to close."),
    Message.Kind.WORKSHOP: _("Your places, and workshops that were moved or cancelled."),
    Message.Kind.POLICY: _("Policies that will change."),
}


class EmailsForm(CheckedForm):
    """How messages of each kind reach a member besides the inbox, of those that may be left, and the language."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [("", _("The language of the market")), *settings.LANGUAGES],
        help_text=_("Of every email to you, for all sellers that you act for."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Unsubscription.KINDS:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=Channel.choices, help_text=WHAT_COMES[kind]
            )
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]

    @property
    def channels(self) -> dict[Message.Kind, Channel]:
        """What was chosen, by kind."""
        return {kind: Channel(self.cleaned_data[kind.value]) for kind in Unsubscription.KINDS}

    def kind_fields(self) -> list[forms.BoundField]:
        return [self[kind.value] for kind in Unsubscription.KINDS]

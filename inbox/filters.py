"""The filters of the inbox; they live in the address."""

from __future__ import annotations

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from kit.pages.checked_forms import CheckedForm

from .models import Message, MessageQuerySet
from .searching import search_messages


class MessageFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """By what it says, its kind, and whether the person who looks has read it."""

    q = django_filters.CharFilter(
        method="filter_q",
        label=_("Words or reference"),
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    kind = django_filters.ChoiceFilter(choices=Message.Kind.choices, empty_label=_("All kinds"), label=_("Kind"))
    state = django_filters.ChoiceFilter(
        method="filter_state",
        choices=[("unread", _("Unread")), ("read", _("Read"))],
        empty_label=_("Read and unread"),
        label=_("State"),
    )

    class Meta:
        form = CheckedForm

    def filter_q(self, messages: MessageQuerySet, name: str, value: str) -> MessageQuerySet:
        return search_messages(messages, value)

    def filter_state(self, messages: MessageQuerySet, name: str, value: str) -> MessageQuerySet:
        user = self.request.reader
        return messages.unread(user=user) if value == "unread" else messages.read(user=user)

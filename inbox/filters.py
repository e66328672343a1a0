"""The filters of the inbox; they live in the address."""

from __future__ import annotations

import django_filters

from .models import Message, MessageQuerySet


class MessageFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """By kind, and whether somebody of the seller's has read it."""

    kind = django_filters.ChoiceFilter(choices=Message.Kind.choices, empty_label="All kinds", label="Kind")
    state = django_filters.ChoiceFilter(
        method="filter_state",
        choices=[("unread", "Unread"), ("read", "Read")],
        empty_label="Read and unread",
        label="State",
    )

    def filter_state(self, messages: MessageQuerySet, _: str, value: str) -> MessageQuerySet:
        return messages.unread() if value == "unread" else messages.exclude(read_at=None)

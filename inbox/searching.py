"""Messages are found by what they say. They keep facts, which templates write out: each is looked at where it is."""

from __future__ import annotations

import json

from django.db.models import BooleanField, F, Func, Q, Value

from .models import Message, MessageQuerySet
from .rendering import fixed_words

MAX_WORDS = 8
"""How many words are looked for; more make a search no narrower."""


class HasFact(Func):
    """Whether a text among the facts of a message has these letters in it, large or small."""

    function = "jsonb_path_exists"
    template = "%(function)s(%(expressions)s::jsonpath)"
    output_field = BooleanField()

    def __init__(self, letters: str) -> None:
        path = f'$.** ? (@.type() == "string" && @ like_regex {json.dumps(letters)} flag "iq")'
        super().__init__(F("data"), Value(path))


def search_messages(messages: MessageQuerySet, text: str) -> MessageQuerySet:
    """Those that have each word of a text in their subject, kind, content, or the facts that they tell."""
    for word in text.split()[:MAX_WORDS]:
        messages = messages.filter(_has(word))
    return messages


def _has(word: str) -> Q:
    own = Q(notice_subject__icontains=word) | Q(content_title__icontains=word) | Q(external_id__icontains=word)
    return own | Q(template__in=_templates_saying(word)) | Q(kind__in=_kinds_called(word)) | Q(HasFact(word))


def _templates_saying(word: str) -> list[str]:
    """The templates whose subject has a word in every message, in the language that is active."""
    portals = [name for name in Message.Template.values if name != Message.Template.NOTICE]
    return [name for name in portals if word.casefold() in fixed_words("subject", template=name).casefold()]


def _kinds_called(word: str) -> list[str]:
    return [kind for kind, label in Message.Kind.choices if word.casefold() in str(label).casefold()]

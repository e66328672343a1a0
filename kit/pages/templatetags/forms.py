"""What became of a form. Its tags are builtins (see the settings)."""

from typing import Any

from django import template
from django.contrib.messages import ERROR
from django.contrib.messages.storage.base import BaseStorage
from django.forms import BaseForm, BaseFormSet
from django.template import Context
from django_filters import FilterSet

register = template.Library()


@register.simple_tag(takes_context=True)
def if_refused(context: Context, words: str) -> str:
    """``words`` if what was sent was refused: a form with errors, whatever its name, or an error told above."""
    return words if any(_is_refused(value) for value in context.flatten().values()) else ""


def _is_refused(value: Any) -> bool:
    kind = type(value)  # isinstance would evaluate what is lazy, such as the token of a form, and with it set a cookie
    if issubclass(kind, FilterSet):
        return _is_refused(value.form)
    if issubclass(kind, BaseForm):
        return bool(value.is_bound and value.errors)
    if issubclass(kind, BaseFormSet):
        return bool(value.is_bound and value.total_error_count())
    return issubclass(kind, BaseStorage) and any(message.level >= ERROR for message in value)
